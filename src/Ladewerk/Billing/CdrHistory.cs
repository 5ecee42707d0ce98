using Ladewerk.Kernel;
using Ladewerk.Tariffs;

namespace Ladewerk.Billing;

/// <summary>Decides what a session's result adds to its records; pure.</summary>
internal static class CdrHistory
{
    /// <summary>
    /// The records to add: the original for a session that has none; nothing where <paramref name="result"/> says what stands already;
    /// otherwise a credit that takes back what stands, and a correction.
    /// </summary>
    /// <param name="existing">All records of the session; the one that stands is marked as offset when its credit comes before the invoice.</param>
    /// <param name="result">The session as priced now, as an original.</param>
    public static IReadOnlyList<ChargeDetailRecord> Next(IReadOnlyList<ChargeDetailRecord> existing, ChargeDetailRecord result)
    {
        if (existing.Where(r => r.Kind != CdrKind.Credit).MaxBy(r => r.Revision) is not { } standing)
        {
            return [Of(result, result.CreatedAt, 1, CdrKind.Original, 1, null, BillingOf(result))];
        }

        if (SaysTheSame(standing, result))
        {
            return [];
        }

        var revision = standing.Revision + 1;
        var unseen = standing.Billing == CdrBilling.Open;
        if (unseen)
        {
            standing.Billing = CdrBilling.Offset;
        }

        return
        [
            Of(standing, result.CreatedAt, -1, CdrKind.Credit, revision, standing.Id, unseen ? CdrBilling.Offset : BillingOf(standing)),
            Of(result, result.CreatedAt, 1, CdrKind.Correction, revision, standing.Id, BillingOf(result)),
        ];
    }

    private static bool SaysTheSame(ChargeDetailRecord a, ChargeDetailRecord b) =>
        (a.EnergyWh, a.StartedAt, a.EndedAt, a.MeterStopWh, a.ExclVat, a.InclVat, a.Currency, a.BillingAccountId, a.CostCentre) ==
        (b.EnergyWh, b.StartedAt, b.EndedAt, b.MeterStopWh, b.ExclVat, b.InclVat, b.Currency, b.BillingAccountId, b.CostCentre);

    /// <summary>Open where somebody pays something; an amount that is not known waits to be seen, it is not nothing.</summary>
    private static CdrBilling BillingOf(ChargeDetailRecord record) =>
        record.BillingAccountId is not null && (record.InclVat ?? record.ExclVat) != 0m ? CdrBilling.Open : CdrBilling.None;

    private static ChargeDetailRecord Of(
        ChargeDetailRecord r, DateTimeOffset at, int sign, CdrKind kind, int revision, CdrId? corrects, CdrBilling billing) => new()
    {
        TenantId = r.TenantId,
        SessionId = r.SessionId,
        Kind = kind,
        Revision = revision,
        CorrectsId = corrects,
        BillingAccountId = r.BillingAccountId,
        DriverId = r.DriverId,
        ContractId = r.ContractId,
        CostCentre = r.CostCentre,
        Place = r.Place,
        TimeZone = r.TimeZone,
        StartedAt = r.StartedAt,
        EndedAt = r.EndedAt,
        MeterStartWh = r.MeterStartWh,
        MeterStopWh = r.MeterStopWh,
        EnergyWh = new WattHours(sign * r.EnergyWh.Value),
        TariffId = r.TariffId,
        TariffVersion = r.TariffVersion,
        PricesGross = r.PricesGross,
        Currency = r.Currency,
        ExclVat = sign * r.ExclVat,
        InclVat = sign * r.InclVat,
        Cost = sign < 0 ? Negative(r.Cost) : r.Cost,
        CreatedAt = at,
        Billing = billing,
    };

    private static Cost Negative(Cost cost) => cost with
    {
        ExclVat = -cost.ExclVat,
        InclVat = -cost.InclVat,
        Vat = [.. cost.Vat.Select(vat => vat with { Amount = -vat.Amount })],
        Lines = [.. cost.Lines.Select(line => line with { Quantity = -line.Quantity, ExclVat = -line.ExclVat, InclVat = -line.InclVat })],
        Exact = new ExactTotals(-cost.Exact.ExclVat, -cost.Exact.InclVat),
    };
}
