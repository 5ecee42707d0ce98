using System.Globalization;

namespace Ladewerk.Tariffs.Portal;

/// <summary>A session drawn in a few strokes: stretches of a state, one after the other.</summary>
/// <param name="State">charging, parking, held or reserved.</param>
internal sealed record Stretch(string State, decimal Minutes, decimal Kwh)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{State}:{Minutes:0.##}:{Kwh:0.###}");

    /// <summary>Reads what <see cref="ToString"/> writes; null for anything else.</summary>
    public static Stretch? Parse(string? text) =>
        text?.Split(':') is [var state, var minutes, var kwh] && StateOf(state) is not null
        && FormNumber.Parse(minutes) is { } length and >= 0m and <= 44_640m && FormNumber.Parse(kwh.Length == 0 ? "0" : kwh) is { } energy and >= 0m and <= 10_000m
            ? new Stretch(state, length, energy)
            : null;

    public static PeriodState? StateOf(string state) => state switch
    {
        "charging" => PeriodState.Charging,
        "parking" => PeriodState.Parking,
        "held" => PeriodState.HeldByOperator,
        "reserved" => PeriodState.Reserved,
        _ => null,
    };
}

/// <summary>Makes sessions for the simulator.</summary>
internal static class DrawnSession
{
    /// <summary>Stretches from a local start on.</summary>
    public static PricingSession Of(DateTimeOffset start, IEnumerable<Stretch> stretches)
    {
        var periods = new List<PricingPeriod>();
        var at = start;
        foreach (var stretch in stretches)
        {
            var ticks = (long)(stretch.Minutes * TimeSpan.TicksPerMinute);
            var power = ticks > 0 ? stretch.Kwh * TimeSpan.TicksPerHour / ticks : (decimal?)null;
            periods.Add(new PricingPeriod(at, stretch.Kwh, Stretch.StateOf(stretch.State) ?? PeriodState.Charging, power));
            at = at.AddTicks(ticks);
        }

        return new PricingSession { Start = start, End = at, Periods = periods };
    }

    /// <summary>Plugged in, charged at a power until the energy is reached or it is unplugged, parked for the rest.</summary>
    public static PricingSession Plugged(DateTimeOffset start, DateTimeOffset end, decimal kwh, decimal kw)
    {
        var total = (decimal)(end - start).TotalMinutes;
        var needed = kw > 0m ? decimal.Round(kwh * 60m / kw, 2) : total;
        var charging = Math.Min(needed, total);
        var energy = needed <= total ? kwh : decimal.Round(kw * total / 60m, 3);
        var stretches = new List<Stretch> { new("charging", charging, energy) };
        if (charging < total)
        {
            stretches.Add(new Stretch("parking", total - charging, 0m));
        }

        return Of(start, stretches);
    }

    /// <summary>A local time of a day; a time that summer time skips is the moment after the gap.</summary>
    public static DateTimeOffset Local(DateOnly day, TimeOnly time, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(time);
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(15);
        }

        return new DateTimeOffset(local, zone.GetUtcOffset(local));
    }
}
