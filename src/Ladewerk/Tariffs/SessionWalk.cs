namespace Ladewerk.Tariffs;

/// <summary>
/// Walks through a session, cuts it at every moment at which a price may change (rule 2: never at samples only), and
/// posts what each slice costs by the first rule that holds (rule 1).
/// </summary>
internal sealed class SessionWalk
{
    private const decimal NominalVoltage = 230m;
    private readonly CompiledTariff _tariff;
    private readonly PricingSession _session;
    private readonly LocalClock _clock;
    private readonly bool[]? _offered;
    private readonly bool _freeAllowance;
    private Moment _moment;
    private long _durationFrom;
    private long _parked;
    private decimal _kwh;
    private bool _flatPosted;
    private bool _currentGuessed;

    public SessionWalk(CompiledTariff tariff, PricingSession session, TimeZoneInfo zone)
    {
        _tariff = tariff;
        _session = session;
        var reservedBefore = (long)((session.Reservation?.Minutes ?? 0m) * TimeSpan.TicksPerMinute);
        _clock = LocalClock.Over(zone, session.Start.UtcTicks - reservedBefore, session.End.UtcTicks + reservedBefore);
        _offered = tariff.DependsOnSession ? Offered(tariff.Source, session) : null;
        _freeAllowance = tariff.Source.Extensions.FreeAllowance is { } free && CompiledRestrictions.Shares(free.UserGroups, session.UserGroups);
    }

    public List<Posting> Postings { get; } = new(16);

    public List<TariffNotice> Warnings { get; } = [];

    public void Run()
    {
        var periods = _session.Periods;
        var end = _session.End.UtcTicks;
        WalkReservation(periods);
        _durationFrom = StartOfCharging(periods);
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

        if (periods.Count == 0 && _session.Reservation is not { Expired: true })
        {
            WalkPeriod(new PricingPeriod(_session.Start, 0m, PeriodState.HeldByOperator), _session.Start.UtcTicks, end);
        }

        Remark(periods);
    }

    private static bool[] Offered(Tariff tariff, PricingSession session)
    {
        var offered = new bool[tariff.Elements.Count];
        for (var i = 0; i < offered.Length; i++)
        {
            offered[i] = tariff.Elements[i].Restrictions is not { } restrictions
                || new CompiledRestrictions(restrictions, new HolidayCalendar(null, [])).HoldsFor(session);
        }

        return offered;
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

        return _session.Start.UtcTicks;
    }

    private void WalkPeriod(in PricingPeriod period, long from, long to)
    {
        var start = _kwh;
        var end = start + period.EnergyKwh;
        SetPower(period, to - from);
        var at = from;
        do
        {
            var next = NextCut(at, to, out var local);
            if (period.State == PeriodState.Parking && _parked < _tariff.GraceTicks)
            {
                next = Math.Min(next, at + _tariff.GraceTicks - _parked);
            }

            var reached = next >= to ? end : start + period.EnergyKwh * (next - from) / (to - from);
            CutAtEnergy(period.EnergyKwh, start, from, to, at, ref next, ref reached);
            SetMoment(local, at);
            PostSlice(period.State, at, next, local, reached - _kwh);
            _kwh = reached;
            at = next;
        }
        while (at < to || _kwh < end);
    }

    /// <summary>The next instant at which the clock may change a price, and the local time now.</summary>
    private long NextCut(long at, long to, out long local)
    {
        var offset = _clock.OffsetAt(at, out var until);
        local = at + offset;
        var next = Math.Min(to, until);
        var times = _tariff.TimesOfDay;
        if (times.Length > 0)
        {
            next = Math.Min(next, at + UntilNextTime(times, local % TimeSpan.TicksPerDay));
        }

        foreach (var duration in _tariff.Durations)
        {
            if (_durationFrom + duration > at)
            {
                next = Math.Min(next, _durationFrom + duration);
                break;
            }
        }

        return _tariff.Rhythm > 0 ? Math.Min(next, at - at % _tariff.Rhythm + _tariff.Rhythm) : next;
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
        foreach (var threshold in _tariff.Energies)
        {
            if (threshold > _kwh && threshold < reached)
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
        _moment.PowerKw = period.PowerKw;
        _moment.CurrentA = period.CurrentA;
        if (!_tariff.DependsOnPower)
        {
            return;
        }

        if (period.PowerKw is null && ticks > 0)
        {
            _moment.PowerKw = period.EnergyKwh * TimeSpan.TicksPerHour / ticks;
        }

        if (_tariff.DependsOnCurrent && period.CurrentA is null && _moment.PowerKw is { } power)
        {
            _moment.CurrentA = power * 1000m / NominalVoltage;
            _currentGuessed |= power > 0m;
        }
    }

    private void SetMoment(long local, long at)
    {
        _moment.LocalDay = local / TimeSpan.TicksPerDay;
        _moment.TimeOfDay = local % TimeSpan.TicksPerDay;
        _moment.Duration = at - _durationFrom;
        _moment.Kwh = _kwh;
    }

    private void PostSlice(PeriodState state, long from, long to, long local, decimal kwh)
    {
        if (!_flatPosted && Find(_tariff.Flat) is { } flat)
        {
            _flatPosted = true;
            Post(flat, 1m, from, from, local);
        }

        if (kwh > 0m && Find(_tariff.Energy) is { } energy)
        {
            Post(energy, kwh * 1000m, from, to, local, free: _freeAllowance && _kwh < _tariff.FreeKwh);
        }

        if (to == from)
        {
            return;
        }

        var freeTime = _freeAllowance && _moment.Duration < _tariff.FreeTicks;
        var seconds = (to - from) / (decimal)TimeSpan.TicksPerSecond;
        if (state == PeriodState.Charging && Find(_tariff.Time) is { } time)
        {
            Post(time, seconds, from, to, local, free: freeTime);
        }
        else if (state == PeriodState.Parking)
        {
            if (Find(_tariff.Parking) is { } parking)
            {
                Post(parking, seconds, from, to, local, free: freeTime || _parked < _tariff.GraceTicks);
            }

            _parked += to - from;
        }
    }

    /// <summary>Reserved time lies before the session, or is where its periods say so (rule 3, reservations).</summary>
    private void WalkReservation(IReadOnlyList<PricingPeriod> periods)
    {
        var walked = false;
        var expired = _session.Reservation?.Expired ?? false;
        for (var i = 0; i < periods.Count; i++)
        {
            if (periods[i].State == PeriodState.Reserved)
            {
                var from = periods[i].Start.UtcTicks;
                WalkReserved(from, Math.Max(from, (i + 1 < periods.Count ? periods[i + 1].Start : _session.End).UtcTicks), expired);
                walked = true;
            }
        }

        if (!walked && _session.Reservation is { } reservation)
        {
            var length = (long)(reservation.Minutes * TimeSpan.TicksPerMinute);
            var from = _session.Start.UtcTicks - (periods.Count == 0 && expired ? 0 : length);
            WalkReserved(from, from + length, expired);
        }
    }

    private void WalkReserved(long from, long to, bool expired)
    {
        var flats = expired ? new[] { _tariff.ReservedFlat, _tariff.ExpiredFlat } : [_tariff.ReservedFlat];
        _durationFrom = from;
        _moment.PowerKw = 0m;
        _moment.CurrentA = 0m;
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

            var time = (expired ? Find(_tariff.ExpiredTime) : null) ?? Find(_tariff.ReservedTime);
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
            if ((_offered is null || _offered[rule.Element]) && (rule.Restrictions is null || rule.Restrictions.HoldsAt(in _moment)))
            {
                return rule;
            }
        }

        return null;
    }

    private void Post(PriceRule rule, decimal steps, long from, long to, long local, bool free = false, bool reserved = false)
    {
        var price = free ? 0m : rule.Component.PriceAt(new DateTimeOffset(from, TimeSpan.Zero), _session);
        Postings.Add(new Posting(rule, reserved, free, price, steps, from, to, local));
    }

    private void Remark(IReadOnlyList<PricingPeriod> periods)
    {
        if (periods.Count == 0 && _session.Reservation is null)
        {
            Warnings.Add(TariffNotice.Of("no-periods", "Der Vorgang hat keine Abschnitte: nur der Startpreis gilt.", "The session has no periods: only the start price applies."));
        }
        else if (periods.Count > 0 && periods[0].Start > _session.Start)
        {
            Warnings.Add(TariffNotice.Of("late-first-period", "Vor dem ersten Abschnitt ist nichts bekannt und nichts berechnet.", "Nothing is known, and nothing charged, before the first period."));
        }

        if (_currentGuessed)
        {
            Warnings.Add(TariffNotice.Of("current-estimated", "Der Strom fehlt und wurde aus der Leistung bei 230 V geschätzt.", "The current is missing and was estimated from the power at 230 V."));
        }
    }
}
