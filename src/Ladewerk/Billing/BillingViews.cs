using Ladewerk.Billing.Dunning;
using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Sessions;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing;

/// <summary>Sums of one currency.</summary>
public sealed record RunTotal(Money ExclVat, Money Vat, Money InclVat);

/// <summary>A charge detail record as the API shows it.</summary>
/// <param name="StationId">The station's identity.</param>
public sealed record CdrView(
    CdrId Id, SessionId SessionId, CdrKind Kind, int Revision, CdrId? CorrectsId, BillingAccountId? BillingAccountId, DriverId? DriverId, string StationId,
    string EvseId, string? Site, DateTimeOffset StartedAt, DateTimeOffset EndedAt, WattHours MeterStartWh, WattHours? MeterStopWh, WattHours EnergyWh,
    Guid TariffId, int TariffVersion, Money? ExclVat, Money? InclVat, Cost Cost, CdrBilling Billing, InvoiceId? InvoiceId, DateTimeOffset CreatedAt)
{
    internal static CdrView Of(ChargeDetailRecord r) => new(
        r.Id, r.SessionId, r.Kind, r.Revision, r.CorrectsId, r.BillingAccountId, r.DriverId, r.Place.StationId, r.Place.EvseId, r.Place.Site, r.StartedAt, r.EndedAt,
        r.MeterStartWh, r.MeterStopWh, r.EnergyWh, r.TariffId, r.TariffVersion, Amount(r.ExclVat, r.Currency), Amount(r.InclVat, r.Currency), r.Cost, r.Billing,
        r.InvoiceId, r.CreatedAt);

    private static Money? Amount(decimal? amount, string currency) => amount is { } known ? new Money(known, currency) : null;
}

/// <summary>An invoice in a list.</summary>
/// <param name="Paid">What came in for it so far.</param>
/// <param name="SettledOn">When it was paid in full.</param>
public sealed record InvoiceSummary(
    InvoiceId Id, string Number, InvoiceKind Kind, InvoiceState State, BillingAccountId? BillingAccountId, string CustomerName, string? CustomerNumber,
    DateOnly IssuedOn, DateOnly PeriodFrom, DateOnly PeriodTo, DateOnly? DueOn, int Sessions, WattHours EnergyWh, Money ExclVat, Money Vat, Money InclVat,
    InvoiceId? CancelsId, DocumentState DocumentState, Money Paid, DateOnly? SettledOn)
{
    internal static InvoiceSummary Of(Invoice i) => new(
        i.Id, i.Number, i.Kind, i.State, i.BillingAccountId, i.Kind == InvoiceKind.SelfBilling ? i.Supplier.Name : i.Customer.Addressee, i.Customer.CustomerNumber, i.IssuedOn, i.PeriodFrom, i.PeriodTo, i.DueOn,
        i.SessionCount, i.EnergyWh, new Money(i.Net, i.Currency), new Money(i.Vat, i.Currency), new Money(i.Gross, i.Currency), i.CancelsId, i.DocumentState,
        new Money(i.Paid, i.Currency), i.SettledOn);
}

/// <summary>One amount on an invoice: a session's, or one with a description of its own.</summary>
/// <param name="UnitPrice">Net.</param>
/// <param name="VatRate">Percent.</param>
public sealed record InvoiceLineView(
    int Position, int Item, CdrId? CdrId, SessionId? SessionId, string? Site, string? EvseId, string? CostCentre, DateTimeOffset StartedAt, DateTimeOffset EndedAt, string Type,
    string? Description, decimal Quantity, string Unit, decimal UnitPrice, decimal VatRate, Money ExclVat, Money InclVat);

/// <summary>The amounts of one VAT rate.</summary>
public sealed record VatView(decimal Rate, string Category, Money ExclVat, Money Vat, Money InclVat, string? Reason);

/// <summary>An invoice in full.</summary>
/// <param name="CancelledById">The cancellation invoice that takes it back.</param>
/// <param name="DocumentError">Why there is no document yet.</param>
/// <param name="FeesOwed">Reminder fees that are owed beside the invoice.</param>
/// <param name="FeesPaid">Reminder fees that were paid.</param>
public sealed record InvoiceDetail(
    InvoiceId Id, string Number, InvoiceKind Kind, InvoiceState State, BillingAccountId? BillingAccountId, Supplier Supplier, Customer Customer, DateOnly IssuedOn,
    DateTimeOffset IssuedAt, DateOnly PeriodFrom, DateOnly PeriodTo, DateOnly? DueOn, string Language, int Sessions, WattHours EnergyWh, Money ExclVat, Money Vat,
    Money InclVat, IReadOnlyList<VatView> VatByRate, IReadOnlyList<InvoiceLineView> Lines, InvoiceId? CancelsId, InvoiceId? CancelledById, string? Reason,
    IReadOnlyList<PrecedingInvoice> Preceding, IReadOnlyList<string> Notes, DocumentState DocumentState, string? DocumentError, string PdfUrl, string? XmlUrl, Money Paid, DateOnly? SettledOn, int DunningLevel,
    Money FeesOwed, Money FeesPaid);

/// <summary>A run and how far it is.</summary>
/// <param name="Accounts">Accounts with something open when it began.</param>
/// <param name="Documents">How many of its invoices have their documents already.</param>
public sealed record RunView(
    Guid Id, RunState State, DateTimeOffset? From, DateTimeOffset To, BillingAccountId? BillingAccountId, int Accounts, int AccountsDone, int Invoices, int Documents, int Sessions,
    WattHours EnergyWh, IReadOnlyList<RunTotal> Totals, IReadOnlyList<SkippedAccount> Skipped, string? Error, string? RequestedBy, DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt);

/// <summary>Records that wait for an invoice, and their sums.</summary>
public sealed record OpenRecords(int Records, decimal Net, decimal Gross);

/// <summary>Reads invoices and runs for the API and the portal.</summary>
internal sealed class ReadInvoices(LadewerkDb db, TenantContext tenant, ReminderFees reminders)
{
    /// <summary>Null: the tenant has no such invoice.</summary>
    public async Task<InvoiceDetail?> Detail(InvoiceId id, CancellationToken ct)
    {
        var i = await db.Set<Invoice>().AsNoTracking().Include(x => x.Lines).SingleOrDefaultAsync(x => x.Id == id, ct);
        if (i is null)
        {
            return null;
        }

        var ids = i.Lines.Where(l => l.CdrId is not null).Select(l => l.CdrId!.Value).Distinct().ToList();
        var records = await db.Set<ChargeDetailRecord>().AsNoTracking().Where(r => ids.Contains(r.Id)).ToDictionaryAsync(r => r.Id, ct);
        var cancelledBy = await db.Set<Invoice>().Where(c => c.CancelsId == id).Select(c => (InvoiceId?)c.Id).SingleOrDefaultAsync(ct);
        var fees = await reminders.Of(id, ct);
        return new InvoiceDetail(
            i.Id, i.Number, i.Kind, i.State, i.BillingAccountId, i.Supplier, i.Customer, i.IssuedOn, i.IssuedAt, i.PeriodFrom, i.PeriodTo, i.DueOn, i.Language,
            i.SessionCount, i.EnergyWh, Of(i.Net), Of(i.Vat), Of(i.Gross),
            [.. i.VatLines.Select(v => new VatView(v.Rate, v.Category, Of(v.Net), Of(v.Vat), Of(v.Gross), v.Reason))],
            [.. i.Lines.OrderBy(l => l.Position).ThenBy(l => l.Item).Select(Line)],
            i.CancelsId, cancelledBy, i.Reason, i.Preceding, i.Notes, i.DocumentState, i.DocumentError, $"/api/v1/invoices/{i.Id.Value}.pdf",
            EInvoices.InvoiceProfile.Of(i) is null ? null : $"/api/v1/invoices/{i.Id.Value}.xml", Of(i.Paid), i.SettledOn, i.DunningLevel, Of(fees.Owed), Of(fees.Paid));

        Money Of(decimal amount) => new(amount, i.Currency);

        InvoiceLineView Line(InvoiceLine l)
        {
            var r = l.CdrId is { } cdr ? records.GetValueOrDefault(cdr) : null;
            return new InvoiceLineView(
                l.Position, l.Item, l.CdrId, r?.SessionId, r?.Place.Site ?? r?.Place.Station, r?.Place.EvseId, l.CostCentre, r?.StartedAt ?? l.FromAt, r?.EndedAt ?? l.ToAt, l.Type,
                l.Description, l.Quantity, l.Unit, l.UnitPrice, l.VatRate, Of(l.Net), Of(l.Gross));
        }
    }

    /// <summary>Runs with what they have issued so far, newest first.</summary>
    public async Task<IReadOnlyList<RunView>> Runs(IQueryable<InvoiceRun> which, CancellationToken ct)
    {
        var runs = await which.AsNoTracking().OrderByDescending(r => r.CreatedAt).ToListAsync(ct);
        var ids = runs.Select(r => (Guid?)r.Id).ToList();
        var sums = await db.Set<Invoice>().Where(i => ids.Contains(i.RunId))
            .GroupBy(i => new { i.RunId, i.Currency })
            .Select(g => new
            {
                g.Key.RunId,
                g.Key.Currency,
                Invoices = g.Count(),
                Documents = g.Count(i => i.DocumentState == DocumentState.Ready),
                Sessions = g.Sum(i => i.SessionCount),
                Net = g.Sum(i => i.Net),
                Vat = g.Sum(i => i.Vat),
                Gross = g.Sum(i => i.Gross),
            })
            .ToListAsync(ct);
        var energy = await db.Database.SqlQuery<EnergyOfRun>(
            $"select run_id as id, sum(energy_wh)::bigint as energy from invoice where run_id = any({runs.Select(r => r.Id).ToArray()}) group by run_id").ToDictionaryAsync(e => e.Id, ct);
        return
        [
            .. runs.Select(r =>
            {
                var own = sums.Where(s => s.RunId == r.Id).ToList();
                return new RunView(
                    r.Id, r.State, r.FromAt, r.ToAt, r.BillingAccountId, r.Accounts, r.AccountsDone, own.Sum(s => s.Invoices), own.Sum(s => s.Documents), own.Sum(s => s.Sessions),
                    new WattHours(energy.GetValueOrDefault(r.Id)?.Energy ?? 0),
                    [.. own.Select(s => new RunTotal(new Money(s.Net, s.Currency), new Money(s.Vat, s.Currency), new Money(s.Gross, s.Currency)))],
                    r.Skipped, r.Error, r.RequestedBy, r.CreatedAt, r.StartedAt, r.FinishedAt);
            }),
        ];
    }

    /// <summary>A page of invoices, newest first.</summary>
    public async Task<Page<InvoiceSummary>> Page(InvoiceFilter filter, int limit, string? cursor, CancellationToken ct)
    {
        var page = Paging.Of(await Api.Invoices(db, filter, limit, cursor, ct), limit, i => Api.Key(i.IssuedAt, i.Id.Value));
        return new Page<InvoiceSummary>([.. page.Items.Select(InvoiceSummary.Of)], page.NextCursor);
    }

    /// <summary>A page of charge detail records, latest end first.</summary>
    public async Task<Page<CdrView>> Records(CdrFilter filter, int limit, string? cursor, CancellationToken ct)
    {
        var page = Paging.Of(await Api.Cdrs(db, filter, limit, cursor, ct), limit, r => Api.Key(r.EndedAt, r.Id.Value));
        return new Page<CdrView>([.. page.Items.Select(CdrView.Of)], page.NextCursor);
    }

    public Task<Dictionary<InvoiceKind, int>> CountByKind(CancellationToken ct) =>
        db.Set<Invoice>().GroupBy(i => i.Kind).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, ct);

    /// <summary>What waits for an invoice: sessions and monthly fees.</summary>
    public async Task<OpenRecords> Open(CancellationToken ct)
    {
        var records = await db.Set<ChargeDetailRecord>().Where(r => r.Billing == CdrBilling.Open)
            .GroupBy(r => 1).Select(g => new OpenRecords(g.Count(), g.Sum(r => r.ExclVat ?? 0m), g.Sum(r => r.InclVat ?? 0m))).SingleOrDefaultAsync(ct) ?? new OpenRecords(0, 0m, 0m);
        var fees = await db.Set<Subscriptions.SubscriptionCharge>().Where(c => c.Billing == CdrBilling.Open)
            .GroupBy(c => 1).Select(g => new OpenRecords(g.Count(), g.Sum(c => c.ExclVat), g.Sum(c => c.InclVat ?? 0m))).SingleOrDefaultAsync(ct) ?? new OpenRecords(0, 0m, 0m);
        return new OpenRecords(records.Records + fees.Records, records.Net + fees.Net, records.Gross + fees.Gross);
    }

    public async Task<RunView?> LatestRun(CancellationToken ct) =>
        (await Runs(db.Set<InvoiceRun>().OrderByDescending(r => r.CreatedAt).Take(1), ct)).SingleOrDefault();

    /// <summary>Fields of the tenant's profile without which no invoice may be issued.</summary>
    public async Task<IReadOnlyList<string>> MissingSupplierFacts(CancellationToken ct) =>
        Parties.MissingOf(await db.Set<Tenant>().Where(t => t.Id == tenant.Current).Select(t => t.Profile).SingleAsync(ct));

    /// <summary>Null: the tenant has no such run.</summary>
    public async Task<RunView?> Run(Guid id, CancellationToken ct) => (await Runs(db.Set<InvoiceRun>().Where(r => r.Id == id), ct)).SingleOrDefault();

    private sealed record EnergyOfRun(Guid Id, long Energy);
}
