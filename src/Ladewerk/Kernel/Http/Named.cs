using System.Diagnostics.CodeAnalysis;

namespace Ladewerk.Kernel.Http;

/// <summary>An enum in an address's query, written as everywhere in the API (camelCase): <c>Named&lt;RegistrationStatus&gt;? status</c>.</summary>
public readonly record struct Named<T>(T Value) : IParsable<Named<T>>
    where T : struct, Enum
{
    public static Named<T> Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var result) ? result : throw new FormatException($"Not one of {string.Join(", ", Enum.GetNames<T>())}.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Named<T> result)
    {
        var ok = Enum.TryParse<T>(s, ignoreCase: true, out var value) && Enum.IsDefined(value) && !char.IsAsciiDigit(s![0]);
        result = new Named<T>(value);
        return ok;
    }
}
