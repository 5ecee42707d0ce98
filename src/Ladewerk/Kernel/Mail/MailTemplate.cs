using System.Globalization;
using System.Net;
using System.Text;
using Ladewerk.Kernel.Branding;
using Ladewerk.Kernel.Text;

namespace Ladewerk.Kernel.Mail;

/// <summary>The two parts of a mail.</summary>
public sealed record RenderedMail(string Text, string Html);

/// <summary>
/// The one look of all mails: the brand's name on its colour, the words, the facts, one button, who sends it. Tables and inline styles,
/// because mail programs know little else; the text part says the same.
/// </summary>
public static class MailTemplate
{
    /// <summary>Content-ID of the logo (RFC 2392).</summary>
    internal const string LogoId = "logo";

    /// <summary>Renders in the mail's language with the tenant's name and colour.</summary>
    public static RenderedMail Render(Brand brand, NewMail mail) => new(TextOf(brand, mail), HtmlOf(brand, mail));

    private static string TextOf(Brand brand, NewMail mail)
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

    private static string HtmlOf(Brand brand, NewMail mail)
    {
        var (content, colour, ink) = (mail.Content, brand.Palette.Fill, brand.Palette.Ink);
        var html = new StringBuilder().Append(CultureInfo.InvariantCulture, $"""
            <!doctype html><html lang="{mail.Language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><title>{E(mail.Subject)}</title></head>
            <body style="margin:0;padding:0;background:#f1f5f9;font-family:Inter,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f1f5f9"><tr><td align="center" style="padding:24px 12px">
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;border-radius:12px;overflow:hidden">
            {Head(brand)}
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
                <p style="margin:24px 0"><a href="{E(action.Address.AbsoluteUri)}" style="display:inline-block;background:{colour};color:{ink};padding:12px 22px;border-radius:8px;text-decoration:none;font-weight:600">{E(action.Label)}</a></p>
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

    /// <summary>The logo on white under a line of the colour; without one that mail programs know, the name on the colour.</summary>
    private static string Head(Brand brand) => brand.Logo is { IsForMail: true }
        ? $"""<tr><td style="background:#ffffff;padding:20px 28px 0;border-top:6px solid {brand.Palette.Fill};color:#0f172a;font-size:17px;font-weight:600"><img src="cid:{LogoId}" alt="{E(brand.Name)}" height="36" style="display:block;height:36px;max-width:240px;border:0"></td></tr>"""
        : $"""<tr><td style="background:{brand.Palette.Fill};padding:18px 28px;color:{brand.Palette.Ink};font-size:17px;font-weight:600">{E(brand.Name)}</td></tr>""";

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

    private static IEnumerable<string> Sender(Brand brand)
    {
        var profile = brand.Profile;
        yield return brand.LegalName;
        var place = string.Join(' ', new[] { profile.PostalCode, profile.City }.Where(part => !string.IsNullOrWhiteSpace(part)));
        var address = string.Join(", ", new[] { profile.Street, place }.Where(part => !string.IsNullOrWhiteSpace(part)));
        foreach (var line in new[] { address, brand.Phone, brand.Email, profile.Website, brand.Own.ImprintUrl, brand.Own.PrivacyUrl }.Where(line => !string.IsNullOrWhiteSpace(line)))
        {
            yield return line!;
        }
    }

    private static string Unsubscribe(NewMail mail) => Texts.In(mail.Language, "kernel.mail.unsubscribe");

    private static string E(string text) => WebUtility.HtmlEncode(text);
}
