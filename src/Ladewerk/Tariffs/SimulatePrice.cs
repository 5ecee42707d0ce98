using System.Text.Json;

namespace Ladewerk.Tariffs;

/// <summary>A session described by hand: <c>POST /tariffs/price</c>.</summary>
internal sealed record SessionDescription
{
    public required DateTimeOffset Start { get; init; }
    public required DateTimeOffset End { get; init; }
    public IReadOnlyList<PeriodDescription> Periods { get; init; } = [];
    public ReservationDescription? Reservation { get; init; }
    public IReadOnlyList<string> UserGroups { get; init; } = [];
    public string? Contract { get; init; }
    public string? VehicleClass { get; init; }
    public bool FirstTimeUser { get; init; }
    public string? ConnectorType { get; init; }
    public decimal? EvsePowerKw { get; init; }
    public IReadOnlyList<MarketPriceDescription> MarketPrices { get; init; } = [];
}

/// <summary>State: charging, parking, reserved, or held (by the operator's smart charging).</summary>
internal sealed record PeriodDescription(DateTimeOffset Start, decimal EnergyKwh = 0m, string State = "charging", decimal? PowerKw = null, decimal? CurrentA = null);

/// <summary>A reservation before the session.</summary>
internal sealed record ReservationDescription(decimal Minutes = 0m, bool Expired = false);

/// <summary>The market price per kWh of the quarter hour that starts then.</summary>
internal sealed record MarketPriceDescription(DateTimeOffset Start, decimal Price);

/// <summary>The price of a described session; nothing is stored.</summary>
internal sealed record SimulatedPrice(Cost Cost, ExactTotals Exact, IReadOnlyList<TariffNotice> Warnings);

/// <summary>Prices a described session under a described or an OCPI tariff.</summary>
internal static class SimulatePrice
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);
    private const int MostPeriods = 20_000;

    /// <summary>The answer, or what is wrong by field.</summary>
    public static (SimulatedPrice? Price, Dictionary<string, string[]> Errors) Run(JsonElement request)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (request.ValueKind != JsonValueKind.Object)
        {
            errors["body"] = ["An object is needed."];
            return (null, errors);
        }

        var (tariff, notices) = TariffOf(request, errors);
        var zone = ZoneOf(request, errors);
        var session = SessionOf(request, errors);
        if (tariff is null || zone is null || session is null || errors.Count > 0)
        {
            return (null, errors);
        }

        try
        {
            var cost = PricingEngine.Price(tariff, session, zone);
            return (new SimulatedPrice(cost, cost.Exact, [.. notices.Concat(cost.Warnings).DistinctBy(notice => notice.Rule)]), errors);
        }
        catch (OverflowException)
        {
            errors["tariff"] = ["The numbers are too large to be priced."];
            return (null, errors);
        }
    }

    /// <summary>The facts for the engine, or what is wrong by field.</summary>
    public static PricingSession? Facts(SessionDescription described, Dictionary<string, string[]> errors)
    {
        Check(described, errors);
        var periods = new List<PricingPeriod>(described.Periods.Count);
        for (var i = 0; i < described.Periods.Count; i++)
        {
            var period = described.Periods[i];
            if (StateOf(period.State) is not { } state)
            {
                errors[FormattableString.Invariant($"session.periods[{i}].state")] = ["charging, parking, reserved or held."];
                continue;
            }

            periods.Add(new PricingPeriod(period.Start, period.EnergyKwh, state, period.PowerKw, period.CurrentA));
        }

        return errors.Count > 0 ? null : new PricingSession
        {
            Start = described.Start,
            End = described.End,
            Periods = periods,
            Reservation = described.Reservation is { } reservation ? new ReservationFacts(reservation.Minutes, reservation.Expired) : null,
            UserGroups = described.UserGroups,
            Contract = described.Contract,
            VehicleClass = described.VehicleClass,
            FirstTimeUser = described.FirstTimeUser,
            ConnectorType = described.ConnectorType,
            EvsePowerKw = described.EvsePowerKw,
            MarketPrices = described.MarketPrices.DistinctBy(price => price.Start).ToDictionary(price => price.Start.ToUniversalTime(), price => price.Price),
        };
    }

    private static (Tariff? Tariff, IReadOnlyList<TariffNotice> Notices) TariffOf(JsonElement request, Dictionary<string, string[]> errors)
    {
        if (OcpiFields.Has(request, "ocpiTariff", out var ocpi))
        {
            var reading = OcpiTariff.Read(ocpi);
            foreach (var (path, messages) in reading.Errors)
            {
                errors["ocpiTariff." + path] = messages;
            }

            return (reading.Tariff, reading.Warnings);
        }

        if (!OcpiFields.Has(request, "tariff", out var own))
        {
            errors["tariff"] = ["Give a tariff or an ocpiTariff."];
            return (null, []);
        }

        return (TariffView.Read(own, errors, "tariff"), []);
    }

    private static TimeZoneInfo? ZoneOf(JsonElement request, Dictionary<string, string[]> errors)
    {
        if (OcpiFields.Has(request, "timeZone", out var name) && name.ValueKind == JsonValueKind.String && TimeZoneInfo.TryFindSystemTimeZoneById(name.GetString()!, out var zone))
        {
            return zone;
        }

        errors["timeZone"] = ["An IANA time zone is needed, for example Europe/Berlin."];
        return null;
    }

    private static PricingSession? SessionOf(JsonElement request, Dictionary<string, string[]> errors)
    {
        if (!OcpiFields.Has(request, "session", out var json))
        {
            errors["session"] = ["A session is needed."];
            return null;
        }

        if (Read<SessionDescription>(json, "session", errors) is not { } described)
        {
            return null;
        }

        if (described.Periods.Any(period => period is null) || described.MarketPrices.Any(price => price is null))
        {
            errors["session.periods"] = ["A null is not allowed here."];
            return null;
        }

        return Facts(described, errors);
    }

    internal static T? Read<T>(JsonElement json, string field, Dictionary<string, string[]> errors)
        where T : class
    {
        try
        {
            return json.Deserialize<T>(TariffJson.Options);
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            var path = (exception as JsonException)?.Path;
            errors[(path is ['$', .. var rest] ? field + rest : field).TrimStart('.') is { Length: > 0 } name ? name : "body"] = ["Missing, or not of the right kind."];
            return null;
        }
    }

    private static void Check(SessionDescription session, Dictionary<string, string[]> errors)
    {
        if (session.End < session.Start || session.End - session.Start > Longest)
        {
            errors["session.end"] = ["Must not be before start, and at most a year after it."];
        }

        if (session.Periods.Count > MostPeriods)
        {
            errors["session.periods"] = [FormattableString.Invariant($"At most {MostPeriods}.")];
        }

        if (session.Reservation is { Minutes: < 0m or > 525_600m })
        {
            errors["session.reservation.minutes"] = ["0 to 525600."];
        }

        // Reserved time may lie before the session.
        var before = session.Periods is [{ State: "reserved" }, ..] ? DateTimeOffset.MinValue : session.Start;
        for (var i = 0; i < session.Periods.Count; i++)
        {
            var period = session.Periods[i];
            if (period.Start < before || period.Start > session.End)
            {
                errors[FormattableString.Invariant($"session.periods[{i}].start")] = ["Periods follow each other between start and end."];
            }

            if (period.EnergyKwh is < 0m or > 1_000_000m)
            {
                errors[FormattableString.Invariant($"session.periods[{i}].energyKwh")] = ["Must not be negative, nor above 1000000."];
            }

            before = period.Start;
        }
    }

    private static PeriodState? StateOf(string? state) => state switch
    {
        "charging" => PeriodState.Charging,
        "parking" => PeriodState.Parking,
        "reserved" => PeriodState.Reserved,
        "held" or "heldByOperator" => PeriodState.HeldByOperator,
        _ => null,
    };
}
