namespace Ladewerk.Kernel;

/// <summary>The tenant that the current request, page or job works for. Queries through <see cref="LadewerkDb"/> see only its rows.</summary>
public sealed class TenantContext
{
    private TenantId? current;

    /// <summary>The tenant of this scope.</summary>
    /// <exception cref="InvalidOperationException">Nobody has said yet for whom this scope works.</exception>
    public TenantId Current => current ?? throw new InvalidOperationException("No tenant was set for this scope.");

    /// <summary>Whether a tenant has been set.</summary>
    public bool IsSet => current is not null;

    /// <summary>Sets the tenant; done once per scope by sign-in, API key, station address or job.</summary>
    public void Use(TenantId tenant) => current = tenant;
}

/// <summary>A row that belongs to a tenant. Every query on it is filtered by the tenant of the scope.</summary>
public interface ITenantOwned
{
    /// <summary>The owner.</summary>
    TenantId TenantId { get; }
}

/// <summary>An operator (CPO, eMSP or both) on this installation.</summary>
public sealed class Tenant
{
    public TenantId Id { get; init; } = TenantId.New();

    /// <summary>Name in addresses: lower-case letters, digits, hyphens.</summary>
    public required string Slug { get; set; }

    public required string Name { get; set; }

    /// <summary>ISO 3166-1 alpha-2.</summary>
    public string Country { get; set; } = "DE";

    /// <summary>ISO 4217.</summary>
    public string Currency { get; set; } = "EUR";

    /// <summary>IANA time zone.</summary>
    public string TimeZone { get; set; } = "Europe/Berlin";

    /// <summary>Language of documents where the customer has none: de or en.</summary>
    public string Language { get; set; } = "de";

    /// <summary>What the law wants on an invoice: see <see cref="TenantProfile"/>.</summary>
    public TenantProfile Profile { get; set; } = new();

    /// <summary>Look and contact; read it by <see cref="Branding.BrandReader"/>, which knows the logo too.</summary>
    public TenantBrand Brand { get; set; } = new();

    /// <summary>base or unlimited; what the platform has agreed with the operator.</summary>
    public string Plan { get; set; } = "unlimited";

    /// <summary>Stations that the plan allows; null: any number. The database keeps to it, see <c>keep_to_plan()</c>.</summary>
    public int? ChargePointLimit { get; set; }

    /// <summary>What it has of the product, see <see cref="Http.Module"/>.</summary>
    public string[] Modules { get; set; } = [.. Http.Module.All];

    /// <summary>Set: nobody of it may sign in, no key and no station is let in.</summary>
    public DateTimeOffset? SuspendedAt { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Supplier's data for invoices (§14 UStG).</summary>
public sealed record TenantProfile
{
    public string? LegalName { get; init; }
    public string? Street { get; init; }
    public string? PostalCode { get; init; }
    public string? City { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? Website { get; init; }

    /// <summary>USt-IdNr.</summary>
    public string? VatId { get; init; }

    /// <summary>Steuernummer.</summary>
    public string? TaxNumber { get; init; }
    public string? RegisterEntry { get; init; }
    public string? ManagingDirector { get; init; }
    public string? BankName { get; init; }
    public string? Iban { get; init; }
    public string? Bic { get; init; }

    /// <summary>Stands before the numbers of invoices: <c>SMU</c> makes <c>SMU-2026-R-000017</c>.</summary>
    public string? InvoicePrefix { get; init; }
}

/// <summary>How an operator looks to drivers and how it is reached; what is null is the company's own, or the product's.</summary>
public sealed record TenantBrand
{
    /// <summary>The first colour, as <c>#0a5f68</c>: buttons, links, the head of mails.</summary>
    public string? Colour { get; init; }

    /// <summary>The second colour: highlights.</summary>
    public string? Accent { get; init; }

    /// <summary>Who mails come from.</summary>
    public string? SenderName { get; init; }

    /// <summary>Where answers to mails go.</summary>
    public string? ReplyTo { get; init; }
    public string? SupportPhone { get; init; }
    public string? SupportEmail { get; init; }

    /// <summary>The page that says who is behind it (§ 5 DDG).</summary>
    public string? ImprintUrl { get; init; }

    /// <summary>The page about personal data (Art. 13 GDPR).</summary>
    public string? PrivacyUrl { get; init; }
}
