using Ladewerk.Tariffs;

namespace Ladewerk.Sessions;

/// <summary>Turns what is known along the time of a session into the periods that the pricing engine takes. Pure.</summary>
public static class PricingPeriods
{
    /// <summary>The facts of a session between its start and <paramref name="end"/>.</summary>
    public static PricingSession Facts(RunningSession session, SessionOutlet? outlet, IReadOnlyList<TrailPoint> points, DateTimeOffset end, Tariffs.Market.LiveMarket? market = null) => new()
    {
        Start = session.StartedAt,
        End = end < session.StartedAt ? session.StartedAt : end,
        Periods = Of(session.StartedAt, end, session.Energy.Value, points),
        UserGroups = session.GroupId is { } group ? [group] : [],
        Contract = session.ContractId?.ToString(),
        ConnectorType = outlet?.ConnectorType,
        EvsePowerKw = outlet?.MaxPower?.Value / 1000m,
        MarketPrices = market?.Prices ?? System.Collections.Frozen.FrozenDictionary<DateTimeOffset, decimal>.Empty,
    };

    /// <summary>
    /// Periods from <paramref name="start"/> to <paramref name="end"/> whose energies add up to <paramref name="totalWh"/>. Between two readings
    /// the energy flowed while the vehicle was charging, not while it was suspended.
    /// </summary>
    public static IReadOnlyList<PricingPeriod> Of(DateTimeOffset start, DateTimeOffset end, long totalWh, IReadOnlyList<TrailPoint> points)
    {
        if (end <= start)
        {
            return [new PricingPeriod(start, totalWh / 1000m, PeriodState.Charging)];
        }

        var periods = new List<PricingPeriod>();
        var stretches = new List<Stretch>();
        var (from, phase, energy) = (start, SessionPhase.Charging, 0L);
        long? power = null;
        foreach (var point in points.Where(p => p.At > start && p.At < end && (p.EnergyWh ?? 0) <= totalWh).OrderBy(p => p.At))
        {
            stretches.Add(new Stretch(from, point.At, phase, Idle: power == 0 && point.PowerW is null or 0));
            (from, phase) = (point.At, point.Phase);
            power = point.PowerW ?? power;
            if (point.EnergyWh is { } reading && reading >= energy)
            {
                Spread(periods, stretches, reading - energy);
                energy = reading;
                stretches.Clear();
            }
        }

        stretches.Add(new Stretch(from, end, phase, Idle: power == 0));
        Spread(periods, stretches, totalWh - energy);
        return Merged(periods);
    }

    /// <summary>The same periods with exactly the energy that the meter signed: what differs (parts of a watt-hour, as a rule) goes to the last one that has any.</summary>
    /// <param name="periods">From the readings.</param>
    /// <param name="energyKwh">Null: as they are.</param>
    public static IReadOnlyList<PricingPeriod> Proven(IReadOnlyList<PricingPeriod> periods, decimal? energyKwh)
    {
        var sum = periods.Sum(p => p.EnergyKwh);
        if (energyKwh is not { } proven || proven == sum || periods.Count == 0)
        {
            return periods;
        }

        var exact = periods.ToList();
        for (var (at, rest) = (exact.Count - 1, proven - sum); at >= 0 && rest != 0; at--)
        {
            if (exact[at].EnergyKwh > 0 || at == 0)
            {
                var energy = Math.Max(0, exact[at].EnergyKwh + rest);
                rest -= energy - exact[at].EnergyKwh;
                exact[at] = exact[at] with { EnergyKwh = energy };
            }
        }

        return exact;
    }

    /// <summary>Gives the energy between two readings to the stretches in which the vehicle charged; where it did in none, to all.</summary>
    private static void Spread(List<PricingPeriod> periods, List<Stretch> stretches, long energyWh)
    {
        var takers = stretches.Exists(s => s.IsCharging) ? stretches.FindAll(s => s.IsCharging) : stretches;
        var ticks = takers.Sum(s => (s.To - s.From).Ticks);
        var rest = energyWh / 1000m;
        for (var i = 0; i < stretches.Count; i++)
        {
            var stretch = stretches[i];
            var share = 0m;
            if (takers.Contains(stretch))
            {
                share = ReferenceEquals(stretch, takers[^1]) || ticks == 0 ? rest : Math.Min(rest, decimal.Round(energyWh * (decimal)(stretch.To - stretch.From).Ticks / ticks / 1000m, 6));
                rest -= share;
            }

            periods.Add(new PricingPeriod(stretch.From, share, State(stretch, energyWh)));
        }
    }

    private static PeriodState State(Stretch stretch, long energyWh) => stretch.Phase switch
    {
        SessionPhase.SuspendedByVehicle or SessionPhase.Finishing => PeriodState.Parking,
        SessionPhase.SuspendedByStation => PeriodState.HeldByOperator,
        // The station says charging, the meter says that nothing flows: the vehicle is done and the station does not tell.
        _ when energyWh == 0 && stretch.Idle => PeriodState.Parking,
        _ => PeriodState.Charging,
    };

    private static List<PricingPeriod> Merged(List<PricingPeriod> periods)
    {
        var merged = new List<PricingPeriod>(periods.Count);
        foreach (var period in periods)
        {
            if (merged.Count > 0 && merged[^1] is { EnergyKwh: 0 } last && period.EnergyKwh == 0 && last.State == period.State)
            {
                continue;
            }

            if (merged.Count > 0 && merged[^1].Start == period.Start)
            {
                merged[^1] = period with { EnergyKwh = period.EnergyKwh + merged[^1].EnergyKwh };
                continue;
            }

            merged.Add(period);
        }

        return merged;
    }

    private sealed record Stretch(DateTimeOffset From, DateTimeOffset To, SessionPhase Phase, bool Idle)
    {
        public bool IsCharging => Phase is SessionPhase.Charging or SessionPhase.Starting;
    }
}
