using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Ladewerk.Kernel.Text;

namespace Ladewerk.Kernel.Mail;

/// <summary>The two parts of a mail.</summary>
public sealed record RenderedMail(string Text, string Html);

/// <summary>
/// The one look of all mails: the brand's name on its colour, the words, the facts, one button, who sends it. Tables and inline styles,
/// because mail programs know little else; the text part says the same.
/// </summary>
public static partial class MailTemplate
{
    private const string OwnColour = "#0f766e";

    /// <summary>Renders in the mail's language with the tenant's name and colour.</summary>
    public static RenderedMail Render(Tenant brand, NewMail mail) => new(TextOf(brand, mail), HtmlOf(brand, mail));

    private static string TextOf(Tenant brand, NewMail mail)
    {
        var content = mail.Content;
        var text = new StringBuilder().Append(content.Heading).Append("\n\n");
        foreach (var paragraph in content.Paragraphs)
        {
            text.Append(paragraph).Append("\n\n");
        }

        foreach (var fact in content.Facts)
        {
            text.Append(CultureInfo.InvariantCulture, $"{fact.Label}: {fact.Value}\n");
        }

        text.Append(content.Facts.Count > 0 ? "\n" : "");
        if (content.Action is { } action)
        {
            text.Append(CultureInfo.InvariantCulture, $"{action.Label}:\n{action.Address.AbsoluteUri}\n\n");
        }

        foreach (var line in content.SmallPrint)
        {
            text.Append(line).Append("\n\n");
        }

        // "-- " begins a signature (RFC 3676 §4.3).
        text.Append("-- \n").AppendJoin('\n', Sender(brand)).Append('\n');
        return mail.Unsubscribe is { } stop ? text.Append(CultureInfo.InvariantCulture, $"\n{Unsubscribe(mail)}: {stop.AbsoluteUri}\n").ToString() : text.ToString();
    }

    private static string HtmlOf(Tenant brand, NewMail mail)
    {
        var (content, colour) = (mail.Content, Colour().IsMatch(brand.Profile.BrandColour ?? "") ? brand.Profile.BrandColour! : OwnColour);
        var html = new StringBuilder().Append(CultureInfo.InvariantCulture, $"""
            <!doctype html><html lang="{mail.Language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><title>{E(mail.Subject)}</title></head>
            <body style="margin:0;padding:0;background:#f1f5f9;font-family:Inter,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f1f5f9"><tr><td align="center" style="padding:24px 12px">
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;border-radius:12px;overflow:hidden">
            <tr><td style="background:{colour};padding:18px 28px;color:{On(colour)};font-size:17px;font-weight:600">{E(brand.Name)}</td></tr>
            <tr><td style="padding:28px;color:#0f172a;font-size:16px;line-height:1.5"><h1 style="margin:0 0 16px;font-size:22px;line-height:1.3">{E(content.Heading)}</h1>
            """);
        foreach (var paragraph in content.Paragraphs)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p style=\"margin:0 0 16px\">{E(paragraph).Replace("\n", "<br>", StringComparison.Ordinal)}</p>");
        }

        AppendFacts(html, content.Facts);
        if (content.Action is { } action)
        {
            html.Append(CultureInfo.InvariantCulture, $"""
                <p style="margin:24px 0"><a href="{E(action.Address.AbsoluteUri)}" style="display:inline-block;background:{colour};color:{On(colour)};padding:12px 22px;border-radius:8px;text-decoration:none;font-weight:600">{E(action.Label)}</a></p>
                """);
        }

        foreach (var line in content.SmallPrint)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p style=\"margin:0 0 12px;color:#475569;font-size:14px\">{E(line)}</p>");
        }

        html.Append("</td></tr><tr><td style=\"padding:16px 28px 24px;border-top:1px solid #e2e8f0;color:#64748b;font-size:13px;line-height:1.5\">").AppendJoin("<br>", Sender(brand).Select(E));
        if (mail.Unsubscribe is { } stop)
        {
            html.Append(CultureInfo.InvariantCulture, $"<br><a href=\"{E(stop.AbsoluteUri)}\" style=\"color:#64748b\">{E(Unsubscribe(mail))}</a>");
        }

        return html.Append("</td></tr></table></td></tr></table></body></html>").ToString();
    }

    private static void AppendFacts(StringBuilder html, IReadOnlyList<MailFact> facts)
    {
        if (facts.Count == 0)
        {
            return;
        }

        html.Append("<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"margin:0 0 16px;border-top:1px solid #e2e8f0\">");
        foreach (var fact in facts)
        {
            html.Append(CultureInfo.InvariantCulture, $"""
                <tr><td style="padding:9px 12px 9px 0;border-bottom:1px solid #e2e8f0;color:#475569;font-size:14px">{E(fact.Label)}</td><td align="right" style="padding:9px 0;border-bottom:1px solid #e2e8f0;font-weight:600">{E(fact.Value)}</td></tr>
                """);
        }

        html.Append("</table>");
    }

    private static IEnumerable<string> Sender(Tenant brand)
    {
        var profile = brand.Profile;
        yield return profile.LegalName ?? brand.Name;
        var place = string.Join(' ', new[] { profile.PostalCode, profile.City }.Where(part => !string.IsNullOrWhiteSpace(part)));
        var address = string.Join(", ", new[] { profile.Street, place }.Where(part => !string.IsNullOrWhiteSpace(part)));
        foreach (var line in new[] { address, profile.Phone, profile.Email, profile.Website }.Where(line => !string.IsNullOrWhiteSpace(line)))
        {
            yield return line!;
        }
    }

    private static string Unsubscribe(NewMail mail) => Texts.In(mail.Language, "kernel.mail.unsubscribe");

    /// <summary>Black or white, whichever reads better on the colour (WCAG 2.1 relative luminance).</summary>
    private static string On(string colour)
    {
        var light = (0.2126 * Linear(colour, 1)) + (0.7152 * Linear(colour, 3)) + (0.0722 * Linear(colour, 5));
        return light > 0.179 ? "#000000" : "#ffffff";
    }

    private static double Linear(string colour, int at)
    {
        var share = int.Parse(colour.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
        return share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4);
    }

    private static string E(string text) => WebUtility.HtmlEncode(text);

    [GeneratedRegex("^#[0-9a-fA-F]{6}$", RegexOptions.NonBacktracking)]
    private static partial Regex Colour();
}
