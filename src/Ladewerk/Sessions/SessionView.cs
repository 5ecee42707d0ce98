using System.Text.Json;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions;

/// <summary>A session as the API shows it. Energies in Wh, power in W.</summary>
/// <param name="StationId">The station's identity.</param>
/// <param name="EvseId">The EVSE's number within the station.</param>
/// <param name="ConnectorId">The connector as the station's protocol counts.</param>
/// <param name="ReservationId">The reservation that it used.</param>
/// <param name="ContractId">Under which it was charged.</param>
/// <param name="LimitReached">windowEnd, budget, code or card: why the station was asked to stop it.</param>
/// <param name="NotedDriverId">Who drove, where it was noted afterwards.</param>
/// <param name="Authorisation">accepted, unknown, blocked, expired, concurrent, reserved (the connector was held for somebody else), notHere, notNow, noCredit.</param>
/// <param name="State">active or ended.</param>
/// <param name="Cost">So far, or final; null without a tariff.</param>
/// <param name="Receipt">Its receipt, once it has ended.</param>
public sealed record SessionView(
    SessionId Id,
    string StationId,
    int EvseId,
    int ConnectorId,
    long TransactionId,
    string IdToken,
    DriverId? DriverId,
    Guid? ContractId,
    string? CostCentre,
    DriverId? NotedDriverId,
    string? LimitReached,
    Reservations.ReservationId? ReservationId,
    string Authorisation,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    SessionState State,
    SessionPhase Phase,
    WattHours MeterStartWh,
    WattHours? MeterStopWh,
    WattHours EnergyWh,
    Watts? PowerW,
    decimal? Soc,
    DateTimeOffset? LastSampleAt,
    string? StopReason,
    Guid? TariffId,
    int? TariffVersion,
    JsonElement? Cost,
    bool NeedsReview,
    IReadOnlyList<string> ReviewReasons,
    string? ReviewNote,
    SessionReceipt? Receipt);

/// <summary>A session's receipt.</summary>
/// <param name="Url">A public page behind an unguessable link.</param>
/// <param name="Verdict">verified, notVerified, unknownKey, unsupported or none.</param>
public sealed record SessionReceipt(Uri Url, string Verdict);

/// <summary>Who makes receipts: the capability of signed values.</summary>
public interface ISessionReceipts
{
    /// <summary>Null where there is none yet.</summary>
    Task<SessionReceipt?> Of(SessionId session, CancellationToken ct);
}

/// <summary>Makes views: the database's row, and for running sessions what is live.</summary>
public sealed class SessionViews(SessionDirectory directory, PriceSession prices, ISessionReceipts receipts)
{
    /// <summary>What pages and API show of a session read with its station.</summary>
    public async Task<SessionView> Of(ChargingSession session, CancellationToken ct)
    {
        var live = session.State == SessionState.Active ? directory.Find(session.Id) : null;
        var cost = live is not null ? directory.CostSoFar(live) is { } soFar ? Json(soFar) : (JsonElement?)null : await Cost(session, ct);
        return new SessionView(
            session.Id,
            session.Station!.Identity,
            session.EvseNumber,
            session.ConnectorNumber,
            session.TransactionId,
            session.IdToken,
            session.DriverId,
            session.ContractId,
            session.CostCentre,
            session.NotedDriverId,
            session.LimitReached,
            session.ReservationId,
            session.Authorisation,
            session.StartedAt,
            session.EndedAt,
            session.State,
            live?.Phase ?? session.Phase,
            session.MeterStartWh,
            session.MeterStopWh,
            live?.Energy ?? session.EnergyWh,
            live is null ? session.PowerW : live.Power,
            live?.Soc is { } soc ? (decimal)soc : session.Soc,
            live?.LastSampleAt ?? session.LastSampleAt,
            session.StopReason,
            session.TariffId,
            session.TariffVersion,
            cost,
            session.NeedsReview,
            session.ReviewReasons,
            session.ReviewNote,
            session.State == SessionState.Ended ? await receipts.Of(session.Id, ct) : null);
    }

    /// <summary>The final cost where it is stored, else computed from the readings by the tariff version that held at the start.</summary>
    private async Task<JsonElement?> Cost(ChargingSession session, CancellationToken ct)
    {
        if (session.Cost is { } stored)
        {
            return stored.RootElement;
        }

        return await prices.Run(session, ct) is { } priced ? Json(priced.Result.Cost) : null;
    }

    private static JsonElement Json(Cost cost) => JsonSerializer.SerializeToElement(cost, TariffJson.Options);
}
