using System.Globalization;

namespace Ladewerk.Simulator.Quirks;

/// <summary>Which habits of stations in the field are played: any of Q1 to Q32.</summary>
internal sealed class QuirkModes
{
    /// <summary>As many as there are.</summary>
    public const int Count = 32;

    private readonly HashSet<int> on;

    private QuirkModes(IEnumerable<int> on) => this.on = [.. on];

    /// <summary>None.</summary>
    public static QuirkModes None { get; } = new([]);

    /// <summary>Whether any is played.</summary>
    public bool Any => on.Count > 0;

    /// <summary>Reads <c>Q15,Q22</c>.</summary>
    /// <exception cref="FormatException">There is no such habit.</exception>
    public static QuirkModes Parse(string text) => new(text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries).Select(Number));

    public bool Has(int number) => on.Contains(number);

    private static int Number(string text) => text is ['Q' or 'q', .. var digits] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= Count
        ? number
        : throw new FormatException($"{text} is none of Q1 to Q{Count}.");
}
