using Ladewerk.Kernel;
using Ladewerk.Kernel.Branding;

namespace Ladewerk.DriverApp;

/// <summary>Whose page a driver looks at.</summary>
/// <param name="Slug">Name in addresses.</param>
/// <param name="Name">What people call the operator.</param>
/// <param name="LegalName">Who sells the energy.</param>
/// <param name="Address">In one line; null where the operator has not said.</param>
/// <param name="LogoHref">The logo; null where there is none.</param>
/// <param name="ThemeColour">The first colour, and <paramref name="ThemeInk"/> that reads on it.</param>
/// <param name="BrandHref">The style sheet of its colours.</param>
public sealed record OperatorLook(
    TenantId Tenant, string Slug, string Name, string LegalName, string? Address, string? Phone, string? Email, string? Website, string? Imprint, string? Privacy, string? LogoHref, string ThemeColour, string ThemeInk,
    string BrandHref)
{
    /// <summary>The operator's telephone as a link takes it.</summary>
    public string? PhoneHref => Phone is null ? null : "tel:" + new string([.. Phone.Where(c => char.IsAsciiDigit(c) || c == '+')]);
}

/// <summary>The look of the scope's operator.</summary>
public sealed class OperatorLooks(BrandReader brands, TenantContext tenant)
{
    /// <summary>Of the current tenant.</summary>
    public async Task<OperatorLook> Current(CancellationToken ct) => Of(await brands.Of(tenant.Current, ct));

    private static OperatorLook Of(Brand brand)
    {
        var profile = brand.Profile;
        var address = string.Join(", ", new[] { profile.Street, $"{profile.PostalCode} {profile.City}".Trim() }.Where(part => !string.IsNullOrWhiteSpace(part)));
        return new OperatorLook(
            brand.Tenant, brand.Slug, brand.Name, brand.LegalName, address.Length > 0 ? address : null, brand.Phone, brand.Email, Page(profile.Website), Page(brand.Own.ImprintUrl), Page(brand.Own.PrivacyUrl),
            brand.LogoHref, brand.Palette.Fill.ToString(), brand.Palette.Ink.ToString(), brand.StyleHref);
    }

    private static string? Page(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? text : null;
}
