using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.DriverApp;

/// <summary>Whose page a driver looks at.</summary>
/// <param name="Slug">Name in addresses.</param>
/// <param name="Name">What people call the operator.</param>
/// <param name="LegalName">Who sells the energy.</param>
/// <param name="Address">In one line; null where the operator has not said.</param>
public sealed record OperatorLook(TenantId Tenant, string Slug, string Name, string LegalName, string? Address, string? Phone, string? Email, string? Website, bool HasLogo, string ThemeColour, string BrandHref)
{
    /// <summary>The operator's telephone as a link takes it.</summary>
    public string? PhoneHref => Phone is null ? null : "tel:" + new string([.. Phone.Where(c => char.IsAsciiDigit(c) || c == '+')]);
}

/// <summary>Reads the look of the scope's operator.</summary>
public sealed class OperatorLooks(LadewerkDb db, TenantContext tenant)
{
    /// <summary>Of the current tenant.</summary>
    public async Task<OperatorLook> Current(CancellationToken ct)
    {
        var found = await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenant.Current, ct);
        return Of(found);
    }

    internal static OperatorLook Of(Tenant found)
    {
        var profile = found.Profile;
        var style = BrandStyle.Of(profile);
        var address = string.Join(", ", new[] { profile.Street, $"{profile.PostalCode} {profile.City}".Trim() }.Where(part => !string.IsNullOrWhiteSpace(part)));
        return new OperatorLook(
            found.Id, found.Slug, found.Name, profile.LegalName ?? found.Name, address.Length > 0 ? address : null, profile.Phone, profile.Email,
            profile.Website is { } site && Uri.TryCreate(site, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? site : null,
            profile.LogoSvg is { Length: > 0 }, BrandStyle.Primary(profile).ToString(), $"/brand/{found.Slug}/style.css?v={new StableHash().Add(style).Value:x}");
    }
}

/// <summary>An operator's two colours as a style sheet; the security policy allows no inline style.</summary>
internal static class BrandStyle
{
    private static readonly Colour Petrol = new(0x0a, 0x5f, 0x68), Amber = new(0xf2, 0xa3, 0x0f);

    // Lightness of the brand where the surroundings are dark.
    private const double Night = 0.78;

    public static Colour Primary(TenantProfile profile) => Colour.Parse(profile.BrandColour) ?? Petrol;

    public static string Of(TenantProfile profile)
    {
        var (first, second) = (Primary(profile), Colour.Parse(profile.AccentColour) ?? Amber);
        return $":root{{--brand:{first};--brand-ink:{first.Reads};--brand-night:{first.AtLightness(Night)};--brand-2:{second};--brand-2-ink:{second.Reads}}}";
    }
}
