using Ladewerk.Kernel;
using Ladewerk.Stations;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Sessions;

/// <summary>What a session's price depends on, read from its row and its readings.</summary>
public sealed class PricingFacts(LadewerkDb db, SessionLoader loader, Tariffs.Market.MarketPrices prices, TimeProvider time)
{
    /// <summary>The facts of a session.</summary>
    /// <param name="market">Whether its price follows the market.</param>
    public async Task<PricingSession> Of(ChargingSession session, bool market, CancellationToken ct)
    {
        var trail = await loader.Points(session.Id, session.MeterStartWh, session.StartedAt, ct);
        var (group, contract, connectorType, power) = await Circumstances(session, ct);
        var end = session.EndedAt ?? time.GetUtcNow();
        return new PricingSession
        {
            Start = session.StartedAt,
            End = end < session.StartedAt ? session.StartedAt : end,
            Periods = PricingPeriods.Proven(PricingPeriods.Of(session.StartedAt, end, session.EnergyWh.Value, trail.Points), session.ProvenKwh),
            UserGroups = group is null ? [] : [group],
            Contract = contract?.ToString(),
            ConnectorType = connectorType,
            EvsePowerKw = power?.Value / 1000m,
            MarketPrices = market ? await prices.Binding(session.TenantId, session.StartedAt, end, ct) : System.Collections.Frozen.FrozenDictionary<DateTimeOffset, decimal>.Empty,
        };
    }

    /// <summary>Who charged, and where, in one query.</summary>
    private async Task<(string? Group, Guid? Contract, string? ConnectorType, Watts? Power)> Circumstances(ChargingSession session, CancellationToken ct)
    {
        var found = await (
            from s in db.Set<ChargingSession>()
            where s.Id == session.Id
            from connector in db.Set<Connector>().Where(c => c.StationId == s.StationId && c.WireNumber == s.ConnectorNumber).DefaultIfEmpty()
            from evse in db.Set<Evse>().Where(e => e.StationId == s.StationId && e.Number == s.EvseNumber).DefaultIfEmpty()
            select new { Group = s.TariffGroup, Contract = s.ContractId, Type = connector == null ? null : connector.Type, Power = evse == null ? null : evse.MaxPowerW })
            .SingleAsync(ct);
        return (found.Group, found.Contract, found.Type, found.Power);
    }
}
