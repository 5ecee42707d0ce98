using System.Globalization;
using System.Text;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Drivers.Contracts;

/// <summary>What an employee gets back for a month of charging at home.</summary>
/// <param name="PricePerKwh">As agreed when the sessions began; a change of price within the month makes a second row.</param>
public sealed record Reimbursement(Guid? DriverId, string? Driver, Guid ContractId, string Contract, string? CostCentre, DateOnly Month, long Sessions, WattHours EnergyWh, decimal PricePerKwh, Money Amount);

/// <summary>The monthly statement of home charging: sessions that ended in the month, and need no review any more.</summary>
internal sealed class Reimbursements(LadewerkDb db, NpgsqlDataSource data, TenantContext tenant)
{
    private const string Sql = """
        select coalesce(s.noted_driver_id, s.driver_id), d.name, c.id, c.number, s.cost_centre, count(*), sum(s.energy_wh)::bigint, s.reimbursement_per_kwh
        from charging_session s join contract c on c.id = s.contract_id left join driver d on d.id = coalesce(s.noted_driver_id, s.driver_id)
        where s.tenant_id = $1 and c.kind = 'homeCharging' and s.state = 'ended' and not s.needs_review and s.ended_at >= $2 and s.ended_at < $3 and s.reimbursement_per_kwh is not null
        group by 1, 2, 3, 4, 5, 8 order by d.name, c.number
        """;

    /// <summary>Rounded once per row, half up.</summary>
    public async Task<IReadOnlyList<Reimbursement>> Of(DateOnly month, CancellationToken ct)
    {
        var owner = await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenant.Current, ct);
        var zone = TimeZoneInfo.FindSystemTimeZoneById(owner.TimeZone);
        var from = WeekPlan.MonthOf(new DateTimeOffset(month.ToDateTime(new TimeOnly(12, 0)), TimeSpan.Zero), zone);
        return await data.Rows(
            Sql,
            r => new Reimbursement(
                r.Maybe<Guid>(0), r.Get<string>(1), r.GetGuid(2), r.GetString(3), r.Get<string>(4), month, r.GetInt64(5), new WattHours(r.GetInt64(6)), r.GetDecimal(7),
                new Money(decimal.Round(r.GetInt64(6) * r.GetDecimal(7) / 1000m, 2, MidpointRounding.AwayFromZero), owner.Currency)),
            ct, tenant.Current.Value, from, WeekPlan.NextMonth(from, zone));
    }

    /// <summary>The first day of a month such as 2026-11; null where it is none.</summary>
    public static DateOnly? Month(string? text) => DateOnly.TryParseExact(text + "-01", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    public static byte[] Csv(IReadOnlyList<Reimbursement> rows)
    {
        var text = new StringBuilder(Kernel.Csv.Write(["month", "driver", "contract", "costCentre", "sessions", "energyKwh", "pricePerKwh", "amount", "currency"]));
        foreach (var row in rows)
        {
            text.Append(Kernel.Csv.Write(
            [
                row.Month.ToString("yyyy-MM", CultureInfo.InvariantCulture), row.Driver, row.Contract, row.CostCentre, row.Sessions.ToString(CultureInfo.InvariantCulture),
                (row.EnergyWh.Value / 1000m).ToString(CultureInfo.InvariantCulture), row.PricePerKwh.ToString(CultureInfo.InvariantCulture),
                row.Amount.Amount.ToString(CultureInfo.InvariantCulture), row.Amount.Currency,
            ]));
        }

        return [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(text.ToString())];
    }
}
