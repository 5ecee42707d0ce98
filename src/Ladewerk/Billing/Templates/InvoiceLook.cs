using System.Security.Cryptography;
using System.Text;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Branding;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Billing.Templates;

/// <summary>Everything that gives a document its looks; the words and figures are the invoice's own.</summary>
/// <param name="Product">The program's version.</param>
/// <param name="ProductStyle">The product's style sheet.</param>
/// <param name="Colour">For words on paper, and for areas with white on them.</param>
/// <param name="Logo">As a data address; null where there is none.</param>
/// <param name="Style">The operator's own style sheet, which follows the product's.</param>
/// <param name="Template">The version of it; null where it is none of those that were saved.</param>
public sealed record InvoiceLook(string Product, string ProductStyle, string Colour, string Second, string? Logo, string? Style, int? Template)
{
    /// <summary>Where the looks stand in a page's source; nothing that people write can be the same, for it is escaped.</summary>
    public const string StylePlace = "<!--look-->", LogoPlace = "look:logo";

    /// <summary>Another one for other looks.</summary>
    public string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Product}|{ProductStyle}|{Colour}|{Second}|{Logo}|{Style}")).AsSpan(0, 8));

    /// <summary>The page with its looks: the document is one file.</summary>
    public string Dress(string source) => source
        .Replace(StylePlace, $"<style>{ProductStyle}:root{{--brand:{Colour};--brand-2:{Second}}}{Style?.Replace("</", "<\\/", StringComparison.Ordinal)}</style>", StringComparison.Ordinal)
        .Replace($"src=\"{LogoPlace}\"", $"src=\"{Logo}\"", StringComparison.Ordinal);
}

/// <summary>Looks as they were used, kept for as long as there are documents.</summary>
public sealed class StoredLook : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required string Digest { get; init; }
    public required string Product { get; init; }
    public required string ProductStyle { get; init; }
    public required string Colour { get; init; }
    public required string Second { get; init; }
    public string? Logo { get; init; }
    public string? Style { get; init; }
    public int? Template { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A saved version of the operator's style sheet.</summary>
public sealed class InvoiceTemplate : ITenantOwned
{
    public required TenantId TenantId { get; init; }

    /// <summary>From 1.</summary>
    public required int Version { get; init; }
    public required string Css { get; init; }
    public string? Comment { get; init; }
    public bool IsActive { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }
}

internal sealed class TemplateModel : IEntityTypeConfiguration<StoredLook>, IEntityTypeConfiguration<InvoiceTemplate>
{
    public void Configure(EntityTypeBuilder<StoredLook> builder) => builder.ToTable("invoice_look").HasKey(l => new { l.TenantId, l.Digest });

    public void Configure(EntityTypeBuilder<InvoiceTemplate> builder) => builder.HasKey(t => new { t.TenantId, t.Version });
}

/// <summary>Knows how documents look now, and how they looked.</summary>
internal sealed class LookBook(LadewerkDb db, BrandReader brands, BillingOptions options, TimeProvider time)
{
    private static readonly string Product = typeof(LookBook).Assembly.GetName().Version?.ToString() ?? "";

    private static readonly string ProductStyle = ReadStyle();

    /// <summary>How a new document looks.</summary>
    /// <param name="draft">A style sheet that is being tried; null: the one in use.</param>
    public async Task<InvoiceLook> Now(TenantId tenant, CancellationToken ct, string? draft = null)
    {
        var brand = await brands.Of(tenant, ct);
        var active = draft is null ? await db.Set<InvoiceTemplate>().AsNoTracking().SingleOrDefaultAsync(t => t.TenantId == tenant && t.IsActive, ct) : null;
        return new InvoiceLook(
            Product, ProductStyle, brand.Palette.Text.ToString()!, brand.Palette.Second.ToString()!, brand.Logo?.DataAddress, draft ?? active?.Css ?? await FileOf(brand, ct), active?.Version);
    }

    /// <summary>Keeps looks with which a document is made; the same ones are kept once.</summary>
    public Task<int> Keep(TenantId tenant, InvoiceLook look, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"""
        insert into invoice_look (tenant_id, digest, product, product_style, colour, second, logo, style, template, created_at)
        values ({tenant.Value}, {look.Digest}, {look.Product}, {look.ProductStyle}, {look.Colour}, {look.Second}, {look.Logo}, {look.Style}, {look.Template}, {time.GetUtcNow()})
        on conflict do nothing
        """,
        ct);

    /// <summary>Looks as they were; null: they were not kept.</summary>
    public async Task<InvoiceLook?> Kept(string digest, CancellationToken ct) =>
        await db.Set<StoredLook>().AsNoTracking().SingleOrDefaultAsync(l => l.Digest == digest, ct) is { } l ? new InvoiceLook(l.Product, l.ProductStyle, l.Colour, l.Second, l.Logo, l.Style, l.Template) : null;

    private async Task<string?> FileOf(Brand brand, CancellationToken ct)
    {
        var file = options.StyleDirectory is { } folder ? Path.Combine(folder, brand.Slug + ".css") : null;
        return File.Exists(file) ? await File.ReadAllTextAsync(file, ct) : null;
    }

    private static string ReadStyle()
    {
        using var reader = new StreamReader(typeof(LookBook).Assembly.GetManifestResourceStream("Ladewerk.Billing.Templates.invoice.css")!);
        return reader.ReadToEnd();
    }
}
