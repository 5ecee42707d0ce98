using System.Globalization;
using System.Net;
using System.Text;
using Ladewerk.Kernel.Branding;
using Ladewerk.Kernel.Text;

namespace Ladewerk.Access.Branding.Portal;

/// <summary>Draws how a driver's page would look. A drawing carries its colours as attributes, which the security policy allows a page.</summary>
internal static class BrandDrawing
{
    private const int Width = 320, Height = 300, NameLength = 24;

    /// <summary>By day or by night.</summary>
    public static string Of(Brand brand, bool isNight)
    {
        var p = brand.Palette;
        var (back, surface, ink, soft, line) = isNight ? ("#091113", "#121c1f", "#f2f8f8", "#b0c1c4", "#2b3b40") : ("#f1f5f5", "#ffffff", "#0a191b", "#3d5155", "#d0dbdc");
        var accent = isNight ? p.Night : p.Text;
        var svg = new StringBuilder().Append(CultureInfo.InvariantCulture, $"""
            <svg viewBox="0 0 {Width} {Height}" width="100%" role="img" aria-label="{E(In(isNight ? "access.brand.preview.dark" : "access.brand.preview.light"))}" font-family="system-ui, sans-serif">
            <rect width="{Width}" height="{Height}" rx="14" fill="{back}" stroke="{line}"/>
            <path d="M0 14a14 14 0 0 1 14-14h{Width - 28}a14 14 0 0 1 14 14v34H0z" fill="{surface}"/><path d="M0 48h{Width}" stroke="{line}"/>
            """);
        Head(svg, brand, ink, isNight);
        return svg.Append(CultureInfo.InvariantCulture, $"""
            <path d="M0 48h{Width}v70H0z" fill="{p.Fill}"/><path d="M0 118h{Width}v5H0z" fill="{p.Second}"/>
            {Word(18, 78, 17, p.Ink.ToString(), In("access.brand.preview.place"), bold: true)}{Word(18, 101, 13, p.Ink.ToString(), "CCS · 150 kW")}
            <rect x="14" y="137" width="{Width - 28}" height="76" rx="12" fill="{surface}" stroke="{line}"/>
            {Word(28, 166, 20, ink, In("access.brand.preview.price"), bold: true)}{Word(28, 194, 13, accent.ToString(), In("access.brand.preview.link"), underline: true)}
            <rect x="14" y="227" width="{Width - 28}" height="44" rx="22" fill="{p.Fill}"/>
            {Word(Width / 2, 254, 15, p.Ink.ToString(), In("access.brand.preview.button"), bold: true, middle: true)}
            {Word(Width / 2, 288, 11, soft, brand.Phone ?? brand.Email ?? brand.LegalName, middle: true)}
            </svg>
            """).ToString();
    }

    private static void Head(StringBuilder svg, Brand brand, string ink, bool isNight)
    {
        if (brand.LogoHref is { } logo)
        {
            svg.Append(isNight ? """<rect x="10" y="7" width="132" height="34" rx="6" fill="#ffffff"/>""" : "")
                .Append(CultureInfo.InvariantCulture, $"""<image href="{E(logo)}" x="14" y="9" width="124" height="30" preserveAspectRatio="{(isNight ? "xMidYMid" : "xMinYMid")} meet"/>""");
            return;
        }

        svg.Append(CultureInfo.InvariantCulture, $"""
            <rect x="14" y="10" width="28" height="28" rx="8" fill="{brand.Palette.Fill}"/>{Word(28, 30, 16, brand.Palette.Ink.ToString(), brand.Name[..1].ToUpperInvariant(), bold: true, middle: true)}
            {Word(52, 30, 14, ink, brand.Name.Length > NameLength ? brand.Name[..NameLength] + "…" : brand.Name, bold: true)}
            """);
    }

    private static string Word(int x, int y, int size, string fill, string text, bool bold = false, bool middle = false, bool underline = false) => string.Create(
        CultureInfo.InvariantCulture,
        $"""<text x="{x}" y="{y}" font-size="{size}" fill="{fill}"{(bold ? " font-weight=\"700\"" : "")}{(middle ? " text-anchor=\"middle\"" : "")}{(underline ? " text-decoration=\"underline\"" : "")}>{E(text)}</text>""");

    private static string In(string key) => Texts.In(Texts.Language, key);

    private static string E(string text) => WebUtility.HtmlEncode(text);
}
