using System.Text.Json;
using Ladewerk.Drivers;
using Ladewerk.Drivers.Vouchers;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Billing;

/// <summary>
/// Stores the priced result of a session and shows it on the session, in one transaction. The same result again changes nothing; a
/// different one makes a credit and a correction.
/// </summary>
internal sealed class RecordCdr(LadewerkDb db, SessionPlaces places, TimeProvider time)
{
    /// <returns>The records that were added; empty where the result is known already.</returns>
    public async Task<IReadOnlyList<ChargeDetailRecord>> Run(ChargingSession session, PricedSession priced, CancellationToken ct)
    {
        var cost = priced.Result.Cost;
        var result = await Describe(session, priced.Tariff, cost, ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // One at a time per session: a repeated event waits here and then finds the record.
        await db.Database.ExecuteSqlAsync($"select 1 from charging_session where id = {session.Id.Value} for no key update", ct);
        var existing = await db.Set<ChargeDetailRecord>()
            .FromSql($"select * from charge_detail_record where session_id = {session.Id.Value} for update")
            .ToListAsync(ct);
        var added = CdrHistory.Next(existing, result);
        if (added.Count > 0)
        {
            db.AddRange(added);
            await db.SaveChangesAsync(ct);
            var connection = (NpgsqlConnection)db.Database.GetDbConnection();
            foreach (var record in added)
            {
                await Outbox.Publish(connection, record.TenantId, new CdrRecorded(record.Id, record.SessionId), ct);
            }

            var shown = JsonSerializer.Serialize(cost, TariffJson.Options);
            await db.Database.ExecuteSqlAsync($"update charging_session set cost = {shown}::jsonb, cost_total = {cost.InclVat ?? cost.ExclVat} where id = {session.Id.Value}", ct);
            if (priced.CodeUse is { } use)
            {
                await CodeAccounts.Settle(connection, use, priced.Result.Taken, priced.Result.Relief, ct);
            }

            await transaction.CommitAsync(ct);
        }

        return added;
    }

    private async Task<ChargeDetailRecord> Describe(ChargingSession session, Tariff tariff, Cost cost, CancellationToken ct)
    {
        return new ChargeDetailRecord
        {
            TenantId = session.TenantId,
            SessionId = session.Id,
            Kind = CdrKind.Original,
            Revision = 1,
            // What is charged at home is paid back, not invoiced.
            BillingAccountId = session.ReimbursementPerKwh is not null ? null : session.BillingAccountId ?? await AccountOf(session.DriverId, ct),
            DriverId = session.NotedDriverId ?? session.DriverId,
            ContractId = session.ContractId,
            CostCentre = session.CostCentre,
            Place = await places.Of(session, ct),
            TimeZone = session.TimeZone,
            StartedAt = session.StartedAt,
            EndedAt = session.EndedAt ?? throw new InvalidOperationException("A session that has not ended has no record."),
            MeterStartWh = session.MeterStartWh,
            MeterStopWh = session.MeterStopWh,
            EnergyWh = session.ProvenKwh is { } proven ? WattHours.Round(proven * 1000) : session.EnergyWh,
            TariffId = session.TariffId ?? throw new InvalidOperationException("A session without a tariff has no record."),
            TariffVersion = session.TariffVersion ?? tariff.Version,
            PricesGross = tariff.TaxIncluded,
            Currency = cost.Currency,
            ExclVat = cost.ExclVat,
            InclVat = cost.InclVat,
            Cost = cost,
            CreatedAt = time.GetUtcNow(),
        };
    }

    private async Task<BillingAccountId?> AccountOf(DriverId? driver, CancellationToken ct) => driver is null
        ? null
        : await db.Set<Driver>().Where(d => d.Id == driver).Select(d => d.BillingAccountId).SingleOrDefaultAsync(ct);
}
