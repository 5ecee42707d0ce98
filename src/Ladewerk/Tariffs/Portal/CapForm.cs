using System.Globalization;

namespace Ladewerk.Tariffs.Portal;

/// <summary>A cap in the editor, as typed.</summary>
public sealed class CapForm
{
    public int Index { get; set; }
    public string Per { get; init; } = "Session";
    public string Amount { get; init; } = "";

    /// <summary>ENERGY, TIME, PARKING_TIME, or empty for everything.</summary>
    public string Dimensions { get; init; } = "";
    public string From { get; init; } = "";
    public string To { get; init; } = "";

    public string Name(string field) => string.Create(CultureInfo.InvariantCulture, $"c{Index}.{field}");

    /// <summary>Shown at the parking block, not among the other caps.</summary>
    public static bool IsBlockingFee(Cap cap) => cap is { Per: CapPeriod.Session, Dimensions: [Dimension.ParkingTime] };

    public static CapForm Read(IFormCollection form, int index)
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"c{index}.");
        return new CapForm
        {
            Index = index,
            Per = form[prefix + "per"].ToString(),
            Amount = form[prefix + "amount"].ToString().Trim(),
            Dimensions = form[prefix + "dimensions"].ToString(),
            From = form[prefix + "from"].ToString(),
            To = form[prefix + "to"].ToString(),
        };
    }

    public static CapForm Of(Cap cap, int index) => new()
    {
        Index = index,
        Per = cap.Per.ToString(),
        Amount = FormNumber.Text(cap.Amount, 2),
        Dimensions = string.Join(",", (cap.Dimensions ?? []).Select(dimension => dimension switch
        {
            Dimension.ParkingTime => "PARKING_TIME",
            var other => other.ToString().ToUpperInvariant(),
        })),
        From = cap.From is { } from ? TimeOfDay.Text(from) : "",
        To = cap.To is { } to ? TimeOfDay.Text(to) : "",
    };

    public Cap ToCap(FormErrors errors)
    {
        var amount = errors.Number(Name("amount"), Amount);
        if (amount is null && !errors.ByField.ContainsKey(Name("amount")))
        {
            errors.Add(Name("amount"), "tariffs.error.price");
        }

        var per = Enum.TryParse<CapPeriod>(Per, out var known) ? known : CapPeriod.Session;
        var windowed = per == CapPeriod.Night;
        return new Cap(
            per,
            amount ?? 0m,
            Covered(),
            windowed ? errors.Time(Name("from"), From) : null,
            windowed ? errors.Time(Name("to"), To) : null);
    }

    private List<Dimension>? Covered()
    {
        var dimensions = Dimensions.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(name => Enum.TryParse<Dimension>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var known) ? known : (Dimension?)null)
            .OfType<Dimension>().ToList();
        return dimensions.Count > 0 ? dimensions : null;
    }
}
