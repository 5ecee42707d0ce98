namespace Ladewerk.Kernel.Branding;

/// <summary>How an operator looks and is reached, ready for use: what is not said for the brand is the company's own.</summary>
/// <param name="Slug">Name in addresses.</param>
/// <param name="Name">What people call the operator.</param>
/// <param name="Profile">The company, as it stands on invoices.</param>
/// <param name="Own">What was said for the brand.</param>
public sealed record Brand(TenantId Tenant, string Slug, string Name, TenantProfile Profile, TenantBrand Own, Logo? Logo)
{
    /// <summary>The shades of its colours.</summary>
    public BrandPalette Palette { get; init; } = BrandPalette.Of(Own.Colour, Own.Accent);

    /// <summary>Who sells the energy.</summary>
    public string LegalName => Profile.LegalName ?? Name;

    /// <summary>Who mails come from.</summary>
    public string SenderName => Own.SenderName ?? Name;

    /// <summary>Where answers to mails go.</summary>
    public string? ReplyTo => Own.ReplyTo ?? Email;

    /// <summary>Who helps.</summary>
    public string? Phone => Own.SupportPhone ?? Profile.Phone;

    /// <summary>Who answers.</summary>
    public string? Email => Own.SupportEmail ?? Profile.Email;

    /// <summary>The picture's address, which has been its address since there were SVGs alone; the answer says what it is. Null where there is none.</summary>
    public string? LogoHref => Logo is null ? null : $"/brand/{Slug}/logo.svg?v={Logo.Version}";

    /// <summary>The colours' address; another one for other colours.</summary>
    public string StyleHref => $"/brand/{Slug}/style.css?v={new StableHash().Add(Palette.Css).Value:x}";
}
