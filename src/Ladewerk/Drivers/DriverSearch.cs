using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers;

/// <summary>Finds drivers by what somebody types, by index however many there are.</summary>
internal static class DriverSearch
{
    /// <summary>A text that an index of trigrams finds anywhere; a shorter one is found where a word begins.</summary>
    private const int Anywhere = 3;

    /// <summary>Those with the text in their name, e-mail address or number.</summary>
    public static IQueryable<Driver> Matching(this IQueryable<Driver> drivers, string text)
    {
        var typed = text.Trim();
        if (typed.Length >= Anywhere)
        {
            var part = Paging.Containing(typed);
            return drivers.Where(d => EF.Functions.ILike(d.Name, part) || EF.Functions.ILike(d.Email!, part) || EF.Functions.ILike(d.Number!, part));
        }

        var (start, word) = (Paging.Starting(typed), "% " + Paging.Starting(typed));
        return drivers.Where(d => EF.Functions.ILike(d.Name, start) || EF.Functions.ILike(d.Name, word) || EF.Functions.ILike(d.Email!, start) || EF.Functions.ILike(d.Number!, start));
    }
}
