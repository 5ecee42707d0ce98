using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace Ladewerk.Billing.Statements;

/// <summary>What a site host gets for its sites: any of a share of revenue, an amount per kWh and one per session.</summary>
public sealed class SiteHostTerms : ITenantOwned
{
    public required Guid OrganisationId { get; init; }
    public required TenantId TenantId { get; init; }

    /// <summary>Whether statements are made.</summary>
    public bool IsOn { get; set; }

    /// <summary>Percent of the net revenue.</summary>
    public decimal SharePercent { get; set; }

    /// <summary>Net, in the operator's currency.</summary>
    public decimal PerKwh { get; set; }

    /// <inheritdoc cref="PerKwh"/>
    public decimal PerSession { get; set; }

    /// <summary>Percent that the host owes on it.</summary>
    public decimal VatRate { get; set; } = 19m;

    /// <summary>The host charges no VAT (§19 UStG).</summary>
    public bool IsSmall { get; set; }

    /// <summary>Steuernummer, where the host has no VAT number.</summary>
    public string? TaxNumber { get; set; }
}

/// <summary>A host's terms as the API shows and takes them.</summary>
public sealed record HostTermsView(bool IsOn, decimal SharePercent = 0m, decimal PerKwh = 0m, decimal PerSession = 0m, decimal VatRate = 19m, bool IsSmall = false, string? TaxNumber = null)
{
    internal static HostTermsView Of(SiteHostTerms? t) => t is null ? new(IsOn: false) : new(t.IsOn, t.SharePercent, t.PerKwh, t.PerSession, t.VatRate, t.IsSmall, t.TaxNumber);
}

/// <summary>An organisation with sites, and what it gets.</summary>
public sealed record SiteHost(Guid OrganisationId, string Name, int Sites, HostTermsView Terms);

internal sealed class StatementModel : IEntityTypeConfiguration<SiteHostTerms>
{
    public void Configure(EntityTypeBuilder<SiteHostTerms> builder) => builder.HasKey(t => t.OrganisationId);
}

/// <summary>Reads and sets what hosts get.</summary>
internal sealed class SaveHostTerms(LadewerkDb db, NpgsqlDataSource data, TenantContext tenant, AuditLog audit)
{
    public async Task<IReadOnlyList<SiteHost>> List(CancellationToken ct)
    {
        var terms = await db.Set<SiteHostTerms>().AsNoTracking().ToDictionaryAsync(t => t.OrganisationId, ct);
        return await data.Rows(
            "select o.id, o.name, count(s.id)::int from organisation o left join site s on s.organisation_id = o.id where o.tenant_id = $1 group by o.id, o.name order by lower(o.name)",
            r => new SiteHost(r.GetGuid(0), r.GetString(1), r.GetInt32(2), HostTermsView.Of(terms.GetValueOrDefault(r.GetGuid(0)))), ct, tenant.Current.Value);
    }

    public async Task<SiteHost?> Find(Guid organisation, CancellationToken ct) => (await List(ct)).FirstOrDefault(h => h.OrganisationId == organisation);

    public async Task<Faults> Run(Guid organisation, HostTermsView wish, CancellationToken ct)
    {
        var faults = new Faults().Unless(wish.SharePercent is >= 0m and <= 100m, "sharePercent", "0 to 100.").Unless(wish.PerKwh is >= 0m and <= 100m, "perKwh", "0 to 100.")
            .Unless(wish.PerSession is >= 0m and <= 1000m, "perSession", "0 to 1000.").Unless(wish.VatRate is >= 0m and < 100m, "vatRate", "0 to 99.").Short("taxNumber", wish.TaxNumber, 30)
            .Unless(!wish.IsOn || wish.SharePercent + wish.PerKwh + wish.PerSession > 0m, "isOn", "Needs a share or an amount.");
        if (faults.Any)
        {
            return faults;
        }

        var terms = await db.Set<SiteHostTerms>().SingleOrDefaultAsync(t => t.OrganisationId == organisation, ct);
        audit.Record("siteHostTerms.changed", "organisation", organisation.ToString(), terms is null ? null : HostTermsView.Of(terms), wish);
        if (terms is null)
        {
            terms = new SiteHostTerms { OrganisationId = organisation, TenantId = tenant.Current };
            db.Add(terms);
        }

        (terms.IsOn, terms.SharePercent, terms.PerKwh, terms.PerSession, terms.VatRate, terms.IsSmall, terms.TaxNumber) =
            (wish.IsOn, wish.SharePercent, wish.PerKwh, wish.PerSession, wish.VatRate, wish.IsSmall, string.IsNullOrWhiteSpace(wish.TaxNumber) ? null : wish.TaxNumber.Trim());
        await db.SaveChangesAsync(ct);
        return faults;
    }
}
