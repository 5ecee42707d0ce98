using Ladewerk.Kernel;
using Ladewerk.Kernel.Branding;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Access.Branding;

/// <summary>A change of the brand: what is absent stays, null clears.</summary>
public sealed record BrandPatch
{
    /// <summary>As <c>#0a5f68</c>.</summary>
    public Optional<string?> Colour { get; init; }
    public Optional<string?> Accent { get; init; }
    public string? Name { get; init; }
    public Optional<string?> SenderName { get; init; }
    public Optional<string?> ReplyTo { get; init; }
    public Optional<string?> SupportPhone { get; init; }
    public Optional<string?> SupportEmail { get; init; }

    /// <summary>An http or https address.</summary>
    public Optional<string?> ImprintUrl { get; init; }
    public Optional<string?> PrivacyUrl { get; init; }
}

/// <summary>Changes how the operator looks and is reached.</summary>
internal sealed class SaveBrand(LadewerkDb db, TenantContext context, AuditLog audit, BrandReader brands)
{
    /// <summary>What is wrong with a picture that is none.</summary>
    public const string NoLogo = "An SVG, PNG or JPEG of at most 200 kB and 4096 pixels.";

    private const string NoColour = "A colour such as #0a5f68.", NoPage = "An address that begins with https://.";

    public Task<Brand> Current(CancellationToken ct) => brands.Of(context.Current, ct);

    public async Task<Faults> Patch(BrandPatch patch, CancellationToken ct)
    {
        var tenant = await db.Set<Tenant>().SingleAsync(t => t.Id == context.Current, ct);
        var (before, former) = (new { tenant.Name, tenant.Brand }, tenant.Brand);
        var next = new TenantBrand
        {
            Colour = Clean(patch.Colour.Or(former.Colour)), Accent = Clean(patch.Accent.Or(former.Accent)), SenderName = Clean(patch.SenderName.Or(former.SenderName)), ReplyTo = Clean(patch.ReplyTo.Or(former.ReplyTo)),
            SupportPhone = Clean(patch.SupportPhone.Or(former.SupportPhone)), SupportEmail = Clean(patch.SupportEmail.Or(former.SupportEmail)),
            ImprintUrl = Clean(patch.ImprintUrl.Or(former.ImprintUrl)), PrivacyUrl = Clean(patch.PrivacyUrl.Or(former.PrivacyUrl)),
        };
        var name = patch.Name?.Trim() ?? tenant.Name;
        var faults = Check(name, next);
        if (!faults.Any)
        {
            (tenant.Name, tenant.Brand) = (name, next with { Colour = Colour.Parse(next.Colour)?.ToString(), Accent = Colour.Parse(next.Accent)?.ToString() });
            audit.Record("brand.changed", "tenant", tenant.Slug, before, new { tenant.Name, tenant.Brand });
            await db.SaveChangesAsync(ct);
            brands.Forget(tenant.Id);
        }

        return faults;
    }

    /// <summary>Takes a picture in place of the former one; false where it is none that we take.</summary>
    public async Task<bool> SetLogo(byte[] file, CancellationToken ct)
    {
        if (Logo.Read(file) is not { } logo)
        {
            return false;
        }

        await Store(logo, ct);
        return true;
    }

    public Task RemoveLogo(CancellationToken ct) => Store(null, ct);

    private async Task Store(Logo? logo, CancellationToken ct)
    {
        var before = await brands.Of(context.Current, ct);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"update public.tenant set logo = {logo?.Content}::bytea, logo_type = {logo?.ContentType}::text where id = {context.Current.Value}", ct);
        audit.Record("brand.logoChanged", "tenant", before.Slug, Told(before.Logo), Told(logo));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        brands.Forget(context.Current);
    }

    private static object? Told(Logo? logo) => logo is null ? null : new { logo.ContentType, Bytes = logo.Content.Length, logo.Version };

    private static Faults Check(string name, TenantBrand brand) => new Faults().Text("name", name, 80)
        .Unless(brand.Colour is null || Colour.Parse(brand.Colour) is not null, "colour", NoColour).Unless(brand.Accent is null || Colour.Parse(brand.Accent) is not null, "accent", NoColour)
        .Short("senderName", brand.SenderName, 80).Unless(brand.SenderName is null || !brand.SenderName.Any(char.IsControl), "senderName", "Not a line break.")
        .Email("replyTo", brand.ReplyTo).Email("supportEmail", brand.SupportEmail)
        .Short("supportPhone", brand.SupportPhone, 40).Unless(brand.SupportPhone is null || brand.SupportPhone.Any(char.IsAsciiDigit), "supportPhone", "A telephone number.")
        .Unless(IsPage(brand.ImprintUrl), "imprintUrl", NoPage).Unless(IsPage(brand.PrivacyUrl), "privacyUrl", NoPage);

    private static bool IsPage(string? text) => text is null || (text.Length <= 500 && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http");

    private static string? Clean(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
