using System.Globalization;
using Ladewerk.Kernel;

namespace Ladewerk.Tariffs.Portal;

/// <summary>What the editor shows: the form, and what follows from it.</summary>
public sealed record EditorModel(
    TariffForm Form, Tariff? Tariff, Tariff? Current, IReadOnlyList<TariffFinding> Findings, IReadOnlyDictionary<string, string[]> Errors, Trial? Trial, TimeZoneInfo Zone)
{
    /// <summary>Judges a form against the version that holds now (null for a new tariff).</summary>
    public static EditorModel Of(TariffForm form, Tariff? current, TimeZoneInfo zone, DateTimeOffset now)
    {
        var errors = new FormErrors();
        var tariff = form.ToTariff(current, zone, errors);
        var findings = TariffValidator.Check(tariff);
        var sound = errors.ByField.Count == 0 && tariff.Elements.Count > 0 && !findings.Any(finding => finding.Rule is "currency" or "range");
        return new EditorModel(form, sound ? tariff : null, current, findings, errors.ByField, sound ? Trial.Of(form, tariff, current, zone, now) : null, zone);
    }

    public bool IsNew => Form["id"].Length == 0;
}

/// <summary>The session of the small simulator beside the editor, and what it costs now and then.</summary>
public sealed record Trial(PricingSession Session, Cost Cost, Cost? Before)
{
    public static Trial? Of(TariffForm form, Tariff tariff, Tariff? current, TimeZoneInfo zone, DateTimeOffset now)
    {
        Fill(form, zone, now);
        if (!DateOnly.TryParseExact(form["sim.day"], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            || !TimeOfDay.TryParse(form["sim.from"], out var from) || !TimeOfDay.TryParse(form["sim.to"], out var to)
            || FormNumber.Parse(form["sim.kwh"]) is not { } kwh || kwh is < 0m or > 10_000m || FormNumber.Parse(form["sim.kw"]) is not { } kw || kw is < 0m or > 10_000m)
        {
            return null;
        }

        var start = DrawnSession.Local(day, from, zone);
        var end = DrawnSession.Local(to > from ? day : day.AddDays(1), to, zone);
        var session = DrawnSession.Plugged(start, end, kwh, kw) with { ConnectorType = "IEC_62196_T2", EvsePowerKw = kw };
        return new Trial(session, PricingEngine.Price(tariff, session, zone), current is null ? null : PricingEngine.Price(current, session, zone));
    }

    private static void Fill(TariffForm form, TimeZoneInfo zone, DateTimeOffset now)
    {
        var today = TimeZoneInfo.ConvertTime(now, zone);
        Default("sim.day", today.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Default("sim.from", "17:10");
        Default("sim.to", "20:05");
        Default("sim.kwh", "22");
        Default("sim.kw", "11");

        void Default(string field, string value) => form[field] = form[field].Length > 0 ? form[field] : value;
    }
}
