using Ladewerk.Drivers;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;
using Ladewerk.Sessions.Limits;
using Ladewerk.Sessions.Reservations;
using Ladewerk.Stations;
using Ladewerk.Tariffs;

namespace Ladewerk.Sessions;

/// <summary>A station says that a session has begun.</summary>
/// <param name="ConnectorNumber">As its protocol counts.</param>
/// <param name="IdToken">As the station sent it.</param>
/// <param name="MeterStart">Register at the start.</param>
/// <param name="StationAt">The station's time.</param>
/// <param name="ReceivedAt">Our time.</param>
/// <param name="ReservationNumber">The reservation that the station names.</param>
public sealed record SessionStart(
    int ConnectorNumber, string IdToken, WattHours MeterStart, DateTimeOffset StationAt, DateTimeOffset ReceivedAt, int? ReservationNumber = null);

/// <summary>The session, new or long known, and what to do once the change is committed.</summary>
public sealed record StartOutcome(RunningSession Session, Authorisation Authorisation, Action Apply);

/// <summary>
/// Begins a session. Keyed by connector, id token, timestamp and meter start (architecture: idempotent by natural key): the same start
/// sent again, under whatever message id, is the same session. A start is always recorded, also for a token that may not charge.
/// </summary>
internal sealed class StartSession(Authorise authorise, TransactionIds ids, TariffResolver tariffs, SessionLoader loader, SessionDirectory directory, UseReservation reservations)
{
    /// <summary>Decides, and adds what must be written to <paramref name="change"/>.</summary>
    public async Task<StartOutcome> Decide(StationSessions station, SessionStart start, Change change, CancellationToken ct)
    {
        var key = KeyOf(start);
        var known = station.ByStartKey(key) ?? (station.IsWholeHistory ? null : await loader.ByStartKey(station, key, ct));
        if (known is not null)
        {
            var again = await authorise.Decide(station, start.IdToken, TokenUse.Stop, ct);
            return new StartOutcome(known, again with { Status = known.Authorisation }, () => { });
        }

        var authorisation = await authorise.Decide(station, start.IdToken, TokenUse.Start, ct);
        (authorisation, var reservation) = await reservations.Decide(station, start, authorisation, ct);
        var tariff = await tariffs.Resolve(Question(station, start.ConnectorNumber, authorisation.Token), ct);
        var next = await NextTariff(station, start, authorisation, tariff, ct);
        var session = Begin(station, start, key, await ids.Next(ct), authorisation, tariff.Tariff) with { ReservationId = reservation?.Id, NextTariff = next?.Tariff, NextTariffAt = next is null ? null : authorisation.Until };
        change.Add(SessionTables.Begin, new(session, station.Place, authorisation.Token, tariff, next, Watched(authorisation) ? start.ReceivedAt : null, start.ReceivedAt));
        Refusals.Note(station, start.IdToken, authorisation, forStart: true, start.ReceivedAt, change);
        CodeTables.Start(authorisation, session, change);
        UseReservation.Write(reservation, session, change);
        var forgotten = EndForgotten(station, session, change);
        return new StartOutcome(session, authorisation, () =>
        {
            foreach (var ended in forgotten)
            {
                station.Put(ended);
                directory.Ended(station, ended);
            }

            station.Put(session);
            directory.Began(station, session);
            reservations.Used(station, reservation);
        });
    }

    private static RunningSession Begin(StationSessions station, SessionStart start, long key, long transactionId, Authorisation authorisation, Tariff? tariff)
    {
        var startedAt = station.Correct(start.StationAt, start.ReceivedAt);
        return new RunningSession
        {
            Id = SessionId.New(),
            TransactionId = transactionId,
            ConnectorNumber = start.ConnectorNumber,
            EvseNumber = station.Outlet(start.ConnectorNumber)?.EvseNumber ?? start.ConnectorNumber,
            StartKey = key,
            IdToken = start.IdToken,
            IdTokenKey = authorisation.Token?.Key ?? IdTokenUid.Key(start.IdToken),
            GroupId = authorisation.Token?.TariffGroup,
            ContractId = authorisation.Token?.ContractId,
            Credit = authorisation is { IsAccepted: true, Token.Code: { } code } ? code.Credit : null,
            KeepsCost = authorisation.Token is { Contract.Offer.Terms.Budget.Money: not null } or { Code.Grants: "money" or "card" },
            Authorisation = authorisation.Status,
            StartedAt = startedAt,
            StationStartedAt = start.StationAt,
            MeterStart = start.MeterStart,
            EnergyFactor = station.Habits.Quirks.EnergyFactor,
            Register = EnergyRegister.Begin(start.MeterStart, startedAt),
            Tariff = tariff,
            TimeZone = station.Place.TimeZone,
            Trail = new SampleTrail(),
        };
    }

    /// <summary>A connector charges one vehicle: where a session still ran on it, its stop was lost (or comes late, and will be folded in).</summary>
    private static List<RunningSession> EndForgotten(StationSessions station, RunningSession begun, Change change)
    {
        var forgotten = new List<RunningSession>();
        foreach (var open in station.Active.Where(s => s.ConnectorNumber == begun.ConnectorNumber && s.StartedAt <= begun.StartedAt))
        {
            var ended = (open with
            {
                EndedAt = open.LastSampleAt is { } last && last > open.StartedAt ? last : begun.StartedAt,
                Phase = SessionPhase.Ended,
                StopReason = "Forgotten",
            }).Found(ReviewReason.NoStop);
            change.Add(SessionTables.End, ended);
            forgotten.Add(ended);
        }

        return forgotten;
    }

    /// <summary>What holds once the window of the contract has ended, where it says that the price changes then.</summary>
    private async ValueTask<ResolvedTariff?> NextTariff(StationSessions station, SessionStart start, Authorisation authorisation, ResolvedTariff now, CancellationToken ct)
    {
        if (authorisation is not { IsAccepted: true, Until: not null, Token: { Contract.Offer.Terms: { WhenWindowEnds: WindowEnd.SwitchPrice, Windows.Count: > 0 } } token })
        {
            return null;
        }

        var next = await tariffs.Resolve(Question(station, start.ConnectorNumber, token with { Contract = null, ContractId = null }), ct);
        return (next.TariffId, next.Version) != (now.TariffId, now.Version) && SessionPrice.Fit(now.Tariff, next.Tariff) ? next : null;
    }

    /// <summary>Something may end or change the session while it runs.</summary>
    private static bool Watched(Authorisation authorisation) => authorisation is { IsAccepted: true, Token: { } token }
        && (token.Code?.Pays == true || token.Contract?.Offer.Terms is { Budget: not null } or { Windows.Count: > 0, WhenWindowEnds: WindowEnd.Stop });

    private static TariffQuestion Question(StationSessions station, int connector, KnownToken? token) => new(
        station.Place.TenantId,
        token?.ContractId,
        token?.TariffGroup,
        station.Outlet(connector)?.EvseId,
        station.Place.Identity,
        station.Place.SiteId?.Value)
    {
        // What a guest was shown at the point.
        Kind = token is { Code: not null, Contract: null } ? TariffKind.AdHoc : TariffKind.Regular,
    };

    private static long KeyOf(SessionStart start) => new StableHash()
        .Add(start.ConnectorNumber).Add(IdTokenUid.Key(start.IdToken)).Add(start.StationAt.UtcTicks).Add(start.MeterStart.Value).Value;
}
