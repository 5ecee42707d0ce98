namespace Ladewerk.Kernel.Branding;

/// <summary>
/// The shades of an operator's two colours. Whatever the colours are, every pair that a page, a mail or a document makes of them reaches the
/// contrast that text needs (WCAG 2.2 §1.4.3, AA: 4.5:1); where a chosen colour does not, its lightness gives way and its hue stays.
/// </summary>
/// <param name="Fill">Areas and buttons, by day and by night; <paramref name="Ink"/> stands on it.</param>
/// <param name="Ink">White or dark, whichever reads on the fill.</param>
/// <param name="Text">Words and lines on light surfaces.</param>
/// <param name="Night">Words and lines on dark surfaces.</param>
/// <param name="Second">Highlights; <paramref name="SecondInk"/> stands on them.</param>
/// <param name="SecondInk">White or dark, whichever reads on the second colour.</param>
public sealed record BrandPalette(Colour Fill, Colour Ink, Colour Text, Colour Night, Colour Second, Colour SecondInk)
{
    /// <summary>The least contrast of text on what it stands on.</summary>
    public const double Least = 4.5;

    /// <summary>The product's own colours, where an operator has chosen none.</summary>
    public static readonly Colour Petrol = new(0x0a, 0x5f, 0x68), Amber = new(0xf2, 0xa3, 0x0f);

    /// <summary>The surfaces of pages (src/web/styles/driver/tokens.css); what reads on these reads on all.</summary>
    public static readonly IReadOnlyList<Colour> Light = [Colour.White, new(0xf1, 0xf5, 0xf5), new(0xe7, 0xee, 0xee)], Dark = [new(0x09, 0x11, 0x13), new(0x12, 0x1c, 0x1f), new(0x1c, 0x29, 0x2d)];

    // Where the brand begins in dark surroundings, and how fine a shade gives way.
    private const double NightLightness = 0.78, Step = 0.005;

    /// <summary>The shades of what an operator has chosen; what is no colour counts as not chosen.</summary>
    public static BrandPalette Of(string? colour, string? accent)
    {
        var (first, second) = (Colour.Parse(colour) ?? Petrol, AsFill(Colour.Parse(accent) ?? Amber));
        var fill = AsFill(first);
        return new(fill, fill.Reads, Shift(first, first.Lightness, -Step, c => ReadsOn(c, Light)), Shift(first, NightLightness, Step, c => ReadsOn(c, Dark)), second, second.Reads);
    }

    /// <summary>Whether the colour can be used as it is, everywhere by day: as an area and as words.</summary>
    public static bool Holds(Colour colour) => AsFill(colour) == colour.Rounded && ReadsOn(colour, Light);

    /// <summary>As the custom properties of the style sheets.</summary>
    public string Css => $":root{{--brand:{Fill};--brand-ink:{Ink};--brand-text:{Text};--brand-night:{Night};--brand-2:{Second};--brand-2-ink:{SecondInk}}}";

    private static bool ReadsOn(Colour colour, IReadOnlyList<Colour> surfaces) => surfaces.All(s => colour.Contrast(s) >= Least);

    // In the middle of the scale neither white nor ink reads: such a colour becomes darker till white does.
    private static Colour AsFill(Colour colour) => Reads(colour.Rounded) ? colour.Rounded : Shift(colour, colour.Lightness, -Step, Reads);

    private static bool Reads(Colour fill) => fill.Contrast(fill.Reads) >= Least;

    private static Colour Shift(Colour from, double lightness, double step, Func<Colour, bool> isGood)
    {
        var shade = step < 0 ? from.Rounded : from.AtLightness(lightness).Rounded;
        while (!isGood(shade) && lightness is > 0 and < 1)
        {
            lightness += step;
            shade = from.AtLightness(Math.Clamp(lightness, 0, 1)).Rounded;
        }

        return shade;
    }
}
