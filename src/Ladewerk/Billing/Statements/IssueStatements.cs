using Ladewerk.Billing.Templates;
using Ladewerk.Drivers;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Billing.Statements;

/// <summary>Somebody who got no statement, and why: known (there is one), nothing, hostIncomplete.</summary>
public sealed record SkippedPayee(string Name, string Reason);

/// <summary>What came of issuing a month's statements.</summary>
public sealed record StatementsIssued(IReadOnlyList<InvoiceId> Statements, IReadOnlyList<SkippedPayee> Skipped);

/// <summary>
/// Issues a month's self-billing statements (Gutschriften, §14 Abs. 2 Satz 5 UStG): to site hosts for what was recorded at their sites in the month, to
/// employees for what they charged at home. One per payee and month; asked again, only those that are missing.
/// </summary>
internal sealed class IssueStatements(LadewerkDb db, NpgsqlDataSource data, TenantContext tenantContext, SaveHostTerms hosts, Reimbursements reimbursements, AuditLog audit, TimeProvider time)
{
    private const int DaysToPay = 14;

    /// <exception cref="SupplierIncompleteException">The tenant's profile lacks what the law demands.</exception>
    public async Task<StatementsIssued> Run(DateOnly month, CancellationToken ct)
    {
        var tenant = await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenantContext.Current, ct);
        var facts = new IssueFacts(tenant, Parties.SupplierOf(tenant), null, time.GetUtcNow());
        var (issued, skipped) = (new List<InvoiceId>(), new List<SkippedPayee>());
        foreach (var host in (await hosts.List(ct)).Where(h => h.Terms.IsOn))
        {
            var content = StatementContent.OfHost(await SitesOf(host.OrganisationId, facts, month, ct), host.Terms, tenant.Currency, InvoiceTexts.In(tenant.Language));
            await One(facts, month, new Payee(host.Name, await SupplierOf(host, ct), host.OrganisationId, null), content, issued, skipped, ct);
        }

        foreach (var employee in (await reimbursements.Of(month, ct)).Where(r => r.DriverId is not null).GroupBy(r => r.DriverId!.Value))
        {
            var texts = InvoiceTexts.In(tenant.Language);
            var lines = employee.Select(r => new StatementLine(
                "HOME", string.Format(texts.Culture, texts.HomeCharging, r.Contract, r.CostCentre ?? "–"), r.EnergyWh.KilowattHours, "kWh", r.PricePerKwh, r.Amount.Amount)).Where(l => l.Net != 0m).ToList();
            var driver = new DriverId(employee.Key);
            await One(facts, month, new Payee(employee.First().Driver ?? "", await SupplierOf(driver, tenant, ct), null, driver), StatementContent.OfEmployee(lines, tenant.Currency, texts), issued, skipped, ct);
        }

        return new StatementsIssued(issued, skipped);
    }

    private async Task One(IssueFacts facts, DateOnly month, Payee payee, StatementContent content, List<InvoiceId> issued, List<SkippedPayee> skipped, CancellationToken ct)
    {
        if (content.Vat.Net <= 0m)
        {
            skipped.Add(new SkippedPayee(payee.Name, "nothing"));
        }
        else if (payee.OrganisationId is not null && !IsComplete(payee.Supplier))
        {
            skipped.Add(new SkippedPayee(payee.Name, "hostIncomplete"));
        }
        else if (await Issue(facts, month, payee, content, ct) is { } id)
        {
            issued.Add(id);
        }
        else
        {
            skipped.Add(new SkippedPayee(payee.Name, "known"));
        }
    }

    /// <summary>Null: there is one for the month already.</summary>
    private async Task<InvoiceId?> Issue(IssueFacts facts, DateOnly month, Payee payee, StatementContent content, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();

        // One at a time per tenant: the second one finds the first one's statements.
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended({facts.Tenant.Id.Value.ToString()}, 8))", ct);
        if (await db.Set<Invoice>().AnyAsync(i => i.Kind == InvoiceKind.SelfBilling && i.State == InvoiceState.Issued && i.ForMonth == month && i.OrganisationId == payee.OrganisationId && i.DriverId == payee.DriverId, ct))
        {
            return null;
        }

        var number = await InvoiceNumber.Take(connection, facts.Tenant.Id, InvoiceKind.SelfBilling, facts.Today.Year, ct);
        var statement = StatementOf(facts, month, payee, content, number);
        db.Add(statement);
        audit.Record("statement.issued", "invoice", statement.Number, after: new { payee.Name, month, statement.Gross });
        await db.SaveChangesAsync(ct);
        await Outbox.Publish(connection, facts.Tenant.Id, new InvoiceIssued(statement.Id), ct);
        await transaction.CommitAsync(ct);
        return statement.Id;
    }

    private static Invoice StatementOf(IssueFacts facts, DateOnly month, Payee payee, StatementContent content, InvoiceNumber number)
    {
        var (tenant, own) = (facts.Tenant, facts.Supplier);
        var statement = new Invoice
        {
            TenantId = tenant.Id, Kind = InvoiceKind.SelfBilling, Number = number.Text(tenant.Profile.InvoicePrefix), Year = number.Year, Sequence = number.Sequence,
            OrganisationId = payee.OrganisationId, DriverId = payee.DriverId, ForMonth = month, IssuedOn = facts.Today, IssuedAt = facts.Now, PeriodFrom = month, PeriodTo = month.AddMonths(1).AddDays(-1),
            DueOn = facts.Today.AddDays(DaysToPay), Language = tenant.Language == "en" ? "en" : "de", TimeZone = tenant.TimeZone, Currency = tenant.Currency,
            Net = content.Vat.Net, Vat = content.Vat.Vat, Gross = content.Vat.Gross, VatLines = [content.Vat], Supplier = payee.Supplier,
            Customer = new Customer(own.Name, null, own.Street, own.PostalCode, own.City, own.Country) { VatId = own.VatId, Email = own.Email },
            SessionCount = 0, EnergyWh = new WattHours(0),
        };
        var (from, to) = (Midnight(month, facts.Zone), Midnight(month.AddMonths(1), facts.Zone).AddSeconds(-1));
        statement.Lines.AddRange(content.Lines.Select((line, i) => new InvoiceLine
        {
            InvoiceId = statement.Id, TenantId = tenant.Id, Position = i + 1, Item = 1, Type = line.Type, Description = line.Description, Quantity = line.Quantity, Unit = line.Unit, UnitPrice = line.UnitPrice,
            VatRate = content.Vat.Rate, Net = line.Net, Gross = content.Grosses[i], FromAt = from, ToAt = to,
        }));
        return statement;
    }

    /// <summary>What was recorded in the month: a correction that comes later stands on the statement of the month in which it came.</summary>
    private Task<List<SiteMonth>> SitesOf(Guid organisation, IssueFacts facts, DateOnly month, CancellationToken ct) => data.Rows(
        """
        select s.name, sum(r.energy_wh)::bigint, sum(case r.kind when 'original' then 1 when 'credit' then -1 else 1 end)::int, sum(coalesce(r.excl_vat, 0))
        from charge_detail_record r join charging_session c on c.id = r.session_id join site s on s.id = c.site_id
        where r.tenant_id = $1 and s.organisation_id = $2 and r.created_at >= $3 and r.created_at < $4 and r.currency = $5
        group by s.id, s.name order by s.name, s.id
        """,
        r => new SiteMonth(r.GetString(0), r.GetInt64(1), r.GetInt32(2), r.GetDecimal(3)), ct,
        facts.Tenant.Id.Value, organisation, Midnight(month, facts.Zone), Midnight(month.AddMonths(1), facts.Zone), facts.Tenant.Currency);

    private async Task<Supplier> SupplierOf(SiteHost host, CancellationToken ct) => (await data.First(
        "select coalesce(legal_name, name), street, postal_code, city, country, vat_id, name, email, phone from organisation where id = $1 and tenant_id = $2",
        r => new Supplier(r.GetString(0), r.Get<string>(1) ?? "", r.Get<string>(2) ?? "", r.Get<string>(3) ?? "", r.GetString(4), host.Terms.IsSmall ? null : r.Get<string>(5), host.Terms.TaxNumber, r.GetString(6))
        { Email = r.Get<string>(7), Phone = r.Get<string>(8) },
        ct, host.OrganisationId, tenantContext.Current.Value))!;

    /// <summary>An employee; the address is that of the account, where there is one.</summary>
    private async Task<Supplier> SupplierOf(DriverId id, Tenant tenant, CancellationToken ct)
    {
        var driver = await db.Set<Driver>().AsNoTracking().SingleAsync(d => d.Id == id, ct);
        var account = driver.BillingAccountId is { } payer ? await db.Set<BillingAccount>().AsNoTracking().SingleOrDefaultAsync(a => a.Id == payer && a.Company == null, ct) : null;
        return new Supplier(driver.Name, account?.Street ?? "", account?.PostalCode ?? "", account?.City ?? "", account?.Country ?? tenant.Country, null, null, driver.Name) { Email = driver.Email };
    }

    private static bool IsComplete(Supplier s) =>
        !string.IsNullOrWhiteSpace(s.Street) && !string.IsNullOrWhiteSpace(s.PostalCode) && !string.IsNullOrWhiteSpace(s.City) && (!string.IsNullOrWhiteSpace(s.VatId) || !string.IsNullOrWhiteSpace(s.TaxNumber));

    private static DateTimeOffset Midnight(DateOnly day, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }

    private sealed record Payee(string Name, Supplier Supplier, Guid? OrganisationId, DriverId? DriverId);
}
