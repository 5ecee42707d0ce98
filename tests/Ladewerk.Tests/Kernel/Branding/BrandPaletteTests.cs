using System.Text;
using Ladewerk.Kernel.Branding;

namespace Ladewerk.Tests.Kernel.Branding;

/// <summary>Whatever colour an operator chooses, what is made of it can be read; whatever file it sends, what is served is a picture.</summary>
public sealed class BrandPaletteTests
{
    [Fact]
    public void Every_pair_of_shades_of_any_colour_reaches_the_contrast_of_text()
    {
        var random = new Random(4711);
        string[] edges = ["#000000", "#ffffff", "#ffff00", "#00ff00", "#0000ff", "#ff0000", "#00ffff", "#ff00ff", "#777777", "#767676", "#808080", "#0a5f68", "no colour"];
        foreach (var colour in edges.Concat(Enumerable.Range(0, 20_000).Select(_ => $"#{random.Next(0x1000000):x6}")))
        {
            var palette = BrandPalette.Of(colour, $"#{random.Next(0x1000000):x6}");

            // As a browser reads it from the style sheet.
            var (fill, ink, text, night) = (Again(palette.Fill), Again(palette.Ink), Again(palette.Text), Again(palette.Night));
            fill.Contrast(ink).ShouldBeGreaterThanOrEqualTo(BrandPalette.Least, colour);
            BrandPalette.Light.Min(s => text.Contrast(s)).ShouldBeGreaterThanOrEqualTo(BrandPalette.Least, colour);
            BrandPalette.Dark.Min(s => night.Contrast(s)).ShouldBeGreaterThanOrEqualTo(BrandPalette.Least, colour);
            Again(palette.Second).Contrast(Again(palette.SecondInk)).ShouldBeGreaterThanOrEqualTo(BrandPalette.Least, colour);
        }
    }

    [Fact]
    public void A_colour_that_holds_stays_as_it_is()
    {
        BrandPalette.Of("#0f6fbf", null).Fill.ToString().ShouldBe("#0f6fbf");
        BrandPalette.Of("#0f6fbf", null).Ink.ShouldBe(Colour.White);
        BrandPalette.Holds(Colour.Parse("#0a5f68")!.Value).ShouldBeTrue();

        var yellow = BrandPalette.Of("#ffd500", null);
        yellow.Fill.ToString().ShouldBe("#ffd500", "dark ink reads on it");
        yellow.Ink.ShouldBe(Colour.Ink);
        yellow.Text.ShouldNotBe(yellow.Fill);
        BrandPalette.Holds(Colour.Parse("#ffd500")!.Value).ShouldBeFalse();
    }

    [Theory]
    [InlineData("#abc", "#aabbcc")]
    [InlineData("0A5F68", "#0a5f68")]
    [InlineData("#0a5f6", null)]
    [InlineData("#0a5f6g", null)]
    [InlineData("red;}", null)]
    [InlineData("", null)]
    public void A_colour_is_six_or_three_digits(string text, string? read) => Colour.Parse(text)?.ToString().ShouldBe(read);

    [Fact]
    public void A_drawing_loses_all_that_runs_or_fetches()
    {
        const string evil = """
            <?xml version="1.0"?><?xml-stylesheet href="https://evil.example/x.css"?>
            <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9" onload="alert(1)">
              <script>alert(2)</script><style>@import url(https://evil.example/s.css)</style><foreignObject><b xmlns="http://www.w3.org/1999/xhtml">x</b></foreignObject>
              <image href="https://evil.example/p.png"/><a href="javascript:alert(3)"><path d="M1 1"/></a><animate attributeName="href" to="javascript:alert(4)"/>
              <linearGradient id="g"><stop offset="0" stop-color="#0a5f68"/></linearGradient>
              <rect id="r" width="9" height="9" fill="url(#g)" style="fill:url(https://evil.example/f)" onclick="alert(5)"/>
              <circle r="2" fill="url(#g) url(https://evil.example/t)" style="f\69ll:red"/>
              <use xlink:href="https://evil.example/u.svg#x"/><use href="#r"/>
            </svg>
            """;

        var clean = Encoding.UTF8.GetString(Logo.Read(Encoding.UTF8.GetBytes(evil))!.Content);

        clean.ShouldNotContain("evil.example");
        clean.ShouldNotContain("alert");
        clean.ShouldNotContain("script", Case.Insensitive);
        clean.ShouldNotContain("foreignObject");
        clean.ShouldContain("fill=\"url(#g)\"");
        clean.ShouldContain("href=\"#r\"");
    }

    [Fact]
    public void A_drawing_cannot_grow_without_end()
    {
        var bomb = new StringBuilder("""<svg xmlns="http://www.w3.org/2000/svg"><g id="a0"><path d="M0 0h9"/></g>""");
        for (var i = 1; i < 12; i++)
        {
            bomb.Append(System.Globalization.CultureInfo.InvariantCulture, $"<g id=\"a{i}\">").Insert(bomb.Length, $"<use href=\"#a{i - 1}\"/>", 10).Append("</g>");
        }

        var clean = Encoding.UTF8.GetString(Logo.Read(Encoding.UTF8.GetBytes(bomb + "</svg>"))!.Content);

        clean.ShouldContain("#a0");
        clean.ShouldNotContain("#a1\"");
        Logo.Read("<!DOCTYPE svg [<!ENTITY a \"b\">]><svg xmlns=\"http://www.w3.org/2000/svg\"/>"u8.ToArray()).ShouldBeNull();
    }

    [Fact]
    public void A_file_is_what_its_first_bytes_say()
    {
        Logo.Read(Pictures.Png)!.ContentType.ShouldBe("image/png");
        Logo.Read([0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 1, 0xFF, 0xC0, 0, 17, 8, 0, 20, 0, 30, 3, 1, 1])!.ContentType.ShouldBe("image/jpeg");
        Logo.Read([0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 1, 0xFF, 0xC0, 0, 17, 8, 0xFF, 0xFF, 0, 30, 3, 1, 1]).ShouldBeNull("65,535 pixels");
        Logo.Read([0xFF, 0xD8, 0xFF]).ShouldBeNull();
        Logo.Read("GIF89a"u8.ToArray()).ShouldBeNull();
        Logo.Read("<html><script>alert(1)</script></html>"u8.ToArray()).ShouldBeNull();
        Logo.Read("not xml"u8.ToArray()).ShouldBeNull();
        Logo.Read([]).ShouldBeNull();
        Logo.Read([.. Pictures.Png, .. new byte[Logo.MostBytes]]).ShouldBeNull("too large");
        var random = new Random(7);
        for (var i = 0; i < 2_000; i++)
        {
            byte[] noise = [0xFF, 0xD8, 0xFF, .. Enumerable.Range(0, random.Next(60)).Select(_ => (byte)random.Next(256))];
            Should.NotThrow(() => Logo.Read(noise));
        }
    }

    private static Colour Again(Colour colour) => Colour.Parse(colour.ToString())!.Value;
}

/// <summary>Small real pictures.</summary>
internal static class Pictures
{
    public static readonly byte[] Png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
}
