namespace Ladewerk.Tariffs;

/// <summary>
/// Walks through a session, cuts it at every moment at which a price may change (rule 2: never at samples only), and
/// posts what each slice costs by the first rule that holds (rule 1).
/// </summary>
internal sealed class SessionWalk
{
    private const decimal NominalVoltage = 230m;
    private readonly CompiledTariff tariff;
    private readonly PricingSession session;
    private readonly LocalClock clock;
    private readonly bool[]? offered;
    private readonly bool freeAllowance;
    private Moment moment;
    private long durationFrom;
    private long parked;
    private decimal kwh;
    private bool flatPosted;
    private bool currentGuessed;

    public SessionWalk(CompiledTariff tariff, PricingSession session, TimeZoneInfo zone)
    {
        this.tariff = tariff;
        this.session = session;
        var reservedBefore = (long)((session.Reservation?.Minutes ?? 0m) * TimeSpan.TicksPerMinute);
        clock = LocalClock.Over(zone, session.Start.UtcTicks - reservedBefore, session.End.UtcTicks + reservedBefore);
        offered = tariff.DependsOnSession ? Offered(tariff.Source, session) : null;
        freeAllowance = tariff.Source.Extensions.FreeAllowance is { } free && CompiledRestrictions.Shares(free.UserGroups, session.UserGroups);
    }

    public List<Posting> Postings { get; } = new(16);

    public List<TariffNotice> Warnings { get; } = [];

    public void Run()
    {
        var periods = session.Periods;
        var end = session.End.UtcTicks;
        WalkReservation(periods);
        durationFrom = StartOfCharging(periods);
        for (var i = 0; i < periods.Count; i++)
        {
            var period = periods[i];
            var from = period.Start.UtcTicks;
            var to = Math.Max(from, i + 1 < periods.Count ? periods[i + 1].Start.UtcTicks : end);
            if (period.State != PeriodState.Reserved)
            {
                WalkPeriod(period, from, to);
            }
        }

        if (periods.Count == 0 && session.Reservation is not { Expired: true })
        {
            WalkPeriod(new PricingPeriod(session.Start, 0m, PeriodState.HeldByOperator), session.Start.UtcTicks, end);
        }

        Remark(periods);
    }

    private static bool[] Offered(Tariff tariff, PricingSession session)
    {
        var elements = new bool[tariff.Elements.Count];
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = tariff.Elements[i].Restrictions is not { } restrictions
                || new CompiledRestrictions(restrictions, new HolidayCalendar(null, [])).HoldsFor(session);
        }

        return elements;
    }

    // A session's duration does not include a reservation before it.
    private long StartOfCharging(IReadOnlyList<PricingPeriod> periods)
    {
        if (periods.Count > 0 && periods[0].State == PeriodState.Reserved)
        {
            for (var i = 1; i < periods.Count; i++)
            {
                if (periods[i].State != PeriodState.Reserved)
                {
                    return periods[i].Start.UtcTicks;
                }
            }
        }

        return session.Start.UtcTicks;
    }

    private void WalkPeriod(in PricingPeriod period, long from, long to)
    {
        var start = kwh;
        var end = start + period.EnergyKwh;
        SetPower(period, to - from);
        var at = from;
        do
        {
            var next = NextCut(at, to, out var local);
            if (period.State == PeriodState.Parking && parked < tariff.GraceTicks)
            {
                next = Math.Min(next, at + tariff.GraceTicks - parked);
            }

            var reached = next >= to ? end : start + period.EnergyKwh * (next - from) / (to - from);
            CutAtEnergy(period.EnergyKwh, start, from, to, at, ref next, ref reached);
            SetMoment(local, at);
            PostSlice(period.State, at, next, local, reached - kwh);
            kwh = reached;
            at = next;
        }
        while (at < to || kwh < end);
    }

    /// <summary>The next instant at which the clock may change a price, and the local time now.</summary>
    private long NextCut(long at, long to, out long local)
    {
        var offset = clock.OffsetAt(at, out var until);
        local = at + offset;
        var next = Math.Min(to, until);
        var times = tariff.TimesOfDay;
        if (times.Length > 0)
        {
            next = Math.Min(next, at + UntilNextTime(times, local % TimeSpan.TicksPerDay));
        }

        foreach (var duration in tariff.Durations)
        {
            if (durationFrom + duration > at)
            {
                next = Math.Min(next, durationFrom + duration);
                break;
            }
        }

        return tariff.Rhythm > 0 ? Math.Min(next, at - at % tariff.Rhythm + tariff.Rhythm) : next;
    }

    private static long UntilNextTime(long[] times, long timeOfDay)
    {
        foreach (var time in times)
        {
            if (time > timeOfDay)
            {
                return time - timeOfDay;
            }
        }

        return times[0] + TimeSpan.TicksPerDay - timeOfDay;
    }

    /// <summary>Where an energy threshold is crossed before the next cut, the slice ends there, at exactly that energy.</summary>
    private void CutAtEnergy(decimal energy, decimal start, long from, long to, long at, ref long next, ref decimal reached)
    {
        foreach (var threshold in tariff.Energies)
        {
            if (threshold > kwh && threshold < reached)
            {
                var crossing = from + (long)decimal.Ceiling((threshold - start) * (to - from) / energy);
                next = Math.Clamp(crossing, at, next);
                reached = threshold;
                return;
            }
        }
    }

    private void SetPower(in PricingPeriod period, long ticks)
    {
        moment.PowerKw = period.PowerKw;
        moment.CurrentA = period.CurrentA;
        if (!tariff.DependsOnPower)
        {
            return;
        }

        if (period.PowerKw is null && ticks > 0)
        {
            moment.PowerKw = period.EnergyKwh * TimeSpan.TicksPerHour / ticks;
        }

        if (tariff.DependsOnCurrent && period.CurrentA is null && moment.PowerKw is { } power)
        {
            moment.CurrentA = power * 1000m / NominalVoltage;
            currentGuessed |= power > 0m;
        }
    }

    private void SetMoment(long local, long at)
    {
        moment.LocalDay = local / TimeSpan.TicksPerDay;
        moment.TimeOfDay = local % TimeSpan.TicksPerDay;
        moment.Duration = at - durationFrom;
        moment.Kwh = kwh;
    }

    private void PostSlice(PeriodState state, long from, long to, long local, decimal taken)
    {
        if (!flatPosted && Find(tariff.Flat) is { } flat)
        {
            flatPosted = true;
            Post(flat, 1m, from, from, local);
        }

        if (taken > 0m && Find(tariff.Energy) is { } energy)
        {
            Post(energy, taken * 1000m, from, to, local, free: freeAllowance && kwh < tariff.FreeKwh);
        }

        if (to == from)
        {
            return;
        }

        var freeTime = freeAllowance && moment.Duration < tariff.FreeTicks;
        var seconds = (to - from) / (decimal)TimeSpan.TicksPerSecond;
        if (state == PeriodState.Charging && Find(tariff.Time) is { } time)
        {
            Post(time, seconds, from, to, local, free: freeTime);
        }
        else if (state == PeriodState.Parking)
        {
            if (Find(tariff.Parking) is { } parking)
            {
                Post(parking, seconds, from, to, local, free: freeTime || parked < tariff.GraceTicks);
            }

            parked += to - from;
        }
    }

    /// <summary>Reserved time lies before the session, or is where its periods say so (rule 3, reservations).</summary>
    private void WalkReservation(IReadOnlyList<PricingPeriod> periods)
    {
        var walked = false;
        var expired = session.Reservation?.Expired ?? false;
        for (var i = 0; i < periods.Count; i++)
        {
            if (periods[i].State == PeriodState.Reserved)
            {
                var from = periods[i].Start.UtcTicks;
                WalkReserved(from, Math.Max(from, (i + 1 < periods.Count ? periods[i + 1].Start : session.End).UtcTicks), expired);
                walked = true;
            }
        }

        if (!walked && session.Reservation is { } reservation)
        {
            var length = (long)(reservation.Minutes * TimeSpan.TicksPerMinute);
            var from = session.Start.UtcTicks - (periods.Count == 0 && expired ? 0 : length);
            WalkReserved(from, from + length, expired);
        }
    }

    private void WalkReserved(long from, long to, bool expired)
    {
        var flats = expired ? new[] { tariff.ReservedFlat, tariff.ExpiredFlat } : [tariff.ReservedFlat];
        durationFrom = from;
        moment.PowerKw = 0m;
        moment.CurrentA = 0m;
        var at = from;
        do
        {
            var next = NextCut(at, to, out var local);
            SetMoment(local, at);
            foreach (var flat in flats)
            {
                if (Find(flat) is { } fee && !Postings.Exists(posting => Array.IndexOf(flat, posting.Rule) >= 0))
                {
                    Post(fee, 1m, at, at, local, reserved: true);
                }
            }

            var time = (expired ? Find(tariff.ExpiredTime) : null) ?? Find(tariff.ReservedTime);
            if (time is not null && next > at)
            {
                Post(time, (next - at) / (decimal)TimeSpan.TicksPerSecond, at, next, local, reserved: true);
            }

            at = next;
        }
        while (at < to);
    }

    private PriceRule? Find(PriceRule[] rules)
    {
        foreach (var rule in rules)
        {
            if ((offered is null || offered[rule.Element]) && (rule.Restrictions is null || rule.Restrictions.HoldsAt(in moment)))
            {
                return rule;
            }
        }

        return null;
    }

    private void Post(PriceRule rule, decimal steps, long from, long to, long local, bool free = false, bool reserved = false)
    {
        var price = free ? 0m : rule.Component.PriceAt(new DateTimeOffset(from, TimeSpan.Zero), session);
        Postings.Add(new Posting(rule, reserved, free, price, steps, from, to, local));
    }

    private void Remark(IReadOnlyList<PricingPeriod> periods)
    {
        if (periods.Count == 0 && session.Reservation is null)
        {
            Warnings.Add(TariffNotice.Of("no-periods", "Der Vorgang hat keine Abschnitte: nur der Startpreis gilt.", "The session has no periods: only the start price applies."));
        }
        else if (periods.Count > 0 && periods[0].Start > session.Start)
        {
            Warnings.Add(TariffNotice.Of("late-first-period", "Vor dem ersten Abschnitt ist nichts bekannt und nichts berechnet.", "Nothing is known, and nothing charged, before the first period."));
        }

        if (currentGuessed)
        {
            Warnings.Add(TariffNotice.Of("current-estimated", "Der Strom fehlt und wurde aus der Leistung bei 230 V geschätzt.", "The current is missing and was estimated from the power at 230 V."));
        }
    }
}
