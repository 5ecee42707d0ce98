using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Drivers.Badges;

/// <summary>A badge of a batch.</summary>
/// <param name="Uid">As printed or read.</param>
/// <param name="VisualNumber">As printed; absent: counted on from the batch's first number, where it has one.</param>
public sealed record BatchBadge(string Uid, string? VisualNumber = null);

/// <summary>What a maker of badges delivers: a list of uids, with their printed numbers or without.</summary>
internal static class BatchFile
{
    /// <summary>More are two batches.</summary>
    public const int Most = 20_000;

    /// <summary>Lines of <c>uid;printed number</c> or of uids alone, with a headline or without.</summary>
    public static IReadOnlyList<BatchBadge> Read(string text)
    {
        var badges = new List<BatchBadge>();
        foreach (var line in Csv.Read(text, Csv.DelimiterOf(text)))
        {
            var uid = line.Cells[0];
            if (badges.Count == 0 && line.Number == 1 && IsHeadline(uid))
            {
                continue;
            }

            badges.Add(new BatchBadge(uid, line.Cells.Count > 1 && line.Cells[1].Length > 0 ? line.Cells[1] : null));
        }

        return badges;
    }

    /// <summary>The badges with their numbers, each number one more than the one before: <c>SWM 0099</c>, <c>SWM 0100</c>. Null where the first does not end in digits.</summary>
    public static IReadOnlyList<BatchBadge>? Numbered(IReadOnlyList<BatchBadge> badges, string first)
    {
        var digits = first.Length - first.AsSpan().TrimEnd("0123456789").Length;
        if (digits is 0 or > 15)
        {
            return null;
        }

        var (start, before) = (long.Parse(first.AsSpan(first.Length - digits), CultureInfo.InvariantCulture), first[..^digits]);
        return [.. badges.Select((b, i) => b with { VisualNumber = b.VisualNumber ?? before + (start + i).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0') })];
    }

    /// <summary>What is wrong within the list itself; a line is named by its place, counted from 1.</summary>
    public static Faults Check(IReadOnlyList<BatchBadge> badges)
    {
        var faults = new Faults().Unless(badges.Count is > 0 and <= Most, "badges", $"1 to {Most}.");
        var (uids, numbers) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var (index, badge) in badges.Take(Most).Index())
        {
            var uid = badge.Uid?.Trim() ?? "";
            var place = (index + 1).ToString(CultureInfo.InvariantCulture);
            faults.Text($"badges[{place}]", uid, IdTokenUid.MaxLength).Unless(!uid.Any(char.IsControl), $"badges[{place}]", "No control characters.").Short($"badges[{place}]", badge.VisualNumber, 50)
                .Unless(uid.Length == 0 || uids.Add(IdTokenUid.Key(uid)), $"badges[{place}]", "The uid is in the list already.")
                .Unless(badge.VisualNumber is null || numbers.Add(PrintedNumber.Plain(badge.VisualNumber)), $"badges[{place}]", "The printed number is in the list already.");
        }

        return faults;
    }

    private static bool IsHeadline(string cell) => cell.ToUpperInvariant() is "UID" or "RFID" or "ID" or "NUMBER" or "KENNUNG" or "CARD" or "KARTE" or "TAG";
}
