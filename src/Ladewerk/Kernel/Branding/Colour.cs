using System.Globalization;

namespace Ladewerk.Kernel.Branding;

/// <summary>A colour in sRGB, each part from 0 to 255.</summary>
public readonly record struct Colour(double Red, double Green, double Blue)
{
    /// <summary>White.</summary>
    public static readonly Colour White = new(255, 255, 255);

    /// <summary>The product's dark ink.</summary>
    public static readonly Colour Ink = new(10, 25, 27);

    /// <summary>Reads <c>#0a5f68</c> or <c>#abc</c>; null for anything else.</summary>
    public static Colour? Parse(string? text)
    {
        var hex = text?.Trim() ?? "";
        hex = hex.StartsWith('#') ? hex[1..] : hex;
        hex = hex.Length == 3 ? string.Concat(hex.Select(c => new string(c, 2))) : hex;
        return hex.Length == 6 && int.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? new Colour(value >> 16, (value >> 8) & 0xFF, value & 0xFF)
            : null;
    }

    /// <summary>As a style sheet says it: <c>#0a5f68</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{Byte(Red):x2}{Byte(Green):x2}{Byte(Blue):x2}");

    /// <summary>WCAG 2.1 contrast ratio, 1 to 21.</summary>
    public double Contrast(Colour other)
    {
        var (a, b) = (Luminance, other.Luminance);
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    /// <summary>What reads best on it: white, or our ink.</summary>
    public Colour Reads => Contrast(White) >= 4.5 || Contrast(White) >= Contrast(Ink) ? White : Ink;

    /// <summary>The same hue and chroma at another OKLCH lightness, for dark surroundings; chroma gives way where the screen has no such colour.</summary>
    public Colour AtLightness(double lightness)
    {
        var (_, a, b) = Oklab;
        for (var chroma = 1.0; chroma > 0; chroma -= 0.05)
        {
            if (FromOklab(lightness, a * chroma, b * chroma) is { } colour)
            {
                return colour;
            }
        }

        return FromOklab(lightness, 0, 0) ?? White;
    }

    /// <summary>Lightness in OKLCH, 0 to 1.</summary>
    public double Lightness => Oklab.L;

    /// <summary>As a screen shows it: whole parts.</summary>
    public Colour Rounded => new(Byte(Red), Byte(Green), Byte(Blue));

    private double Luminance => (0.2126 * Linear(Red)) + (0.7152 * Linear(Green)) + (0.0722 * Linear(Blue));

    // Björn Ottosson's OKLab.
    private (double L, double A, double B) Oklab
    {
        get
        {
            var (r, g, b) = (Linear(Red), Linear(Green), Linear(Blue));
            var l = Math.Cbrt((0.4122214708 * r) + (0.5363325363 * g) + (0.0514459929 * b));
            var m = Math.Cbrt((0.2119034982 * r) + (0.6806995451 * g) + (0.1073969566 * b));
            var s = Math.Cbrt((0.0883024619 * r) + (0.2817188376 * g) + (0.6299787005 * b));
            return (
                (0.2104542553 * l) + (0.7936177850 * m) - (0.0040720468 * s),
                (1.9779984951 * l) - (2.4285922050 * m) + (0.4505937099 * s),
                (0.0259040371 * l) + (0.7827717662 * m) - (0.8086757660 * s));
        }
    }

    private static Colour? FromOklab(double lightness, double a, double b)
    {
        var l = Math.Pow(lightness + (0.3963377774 * a) + (0.2158037573 * b), 3);
        var m = Math.Pow(lightness - (0.1055613458 * a) - (0.0638541728 * b), 3);
        var s = Math.Pow(lightness - (0.0894841775 * a) - (1.2914855480 * b), 3);
        double[] linear =
        [
            (4.0767416621 * l) - (3.3077115913 * m) + (0.2309699292 * s),
            (-1.2684380046 * l) + (2.6097574011 * m) - (0.3413193965 * s),
            (-0.0041960863 * l) - (0.7034186147 * m) + (1.7076147010 * s),
        ];
        return Array.TrueForAll(linear, part => part is >= -0.0005 and <= 1.0005) ? new Colour(Gamma(linear[0]), Gamma(linear[1]), Gamma(linear[2])) : null;
    }

    private static double Linear(double part) => part / 255 <= 0.04045 ? part / 255 / 12.92 : Math.Pow(((part / 255) + 0.055) / 1.055, 2.4);

    private static double Gamma(double linear) => 255 * Math.Clamp(linear <= 0.0031308 ? linear * 12.92 : (1.055 * Math.Pow(linear, 1 / 2.4)) - 0.055, 0, 1);

    private static int Byte(double part) => (int)Math.Round(Math.Clamp(part, 0, 255));
}
