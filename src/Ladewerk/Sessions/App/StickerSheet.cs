using Ladewerk.DriverApp;

namespace Ladewerk.Sessions.App;

/// <summary>The looks of printed stickers: a document for a printer, so the rule against styles within a page does not hold.</summary>
internal static class StickerSheet
{
    public static string Of(OperatorLook look) => $$"""
        <style>
        @page { size: 105mm 148mm; margin: 0 }
        body { margin: 0; font-family: Inter, "DejaVu Sans", sans-serif; color: #0a191b; text-align: center }
        section { width: 105mm; height: 148mm; page-break-after: always; overflow: hidden }
        section:last-child { page-break-after: auto }
        p { margin: 0 }
        .op { background: {{look.ThemeColour}}; color: {{look.ThemeInk}}; font-weight: 700; font-size: 15pt; padding: 5mm 6mm 4.5mm }
        .qr { width: 62mm; height: 62mm; margin: 5mm auto 3mm }
        .qr svg { width: 62mm; height: 62mm }
        .go { font-size: 13pt; font-weight: 700; line-height: 1.25 }
        .go span { font-weight: 400; font-size: 11pt }
        .code { font-size: 26pt; font-weight: 800; letter-spacing: 1.5mm; margin-top: 3mm }
        .id { font-family: "DejaVu Sans Mono", monospace; font-size: 9pt; margin-top: 1mm }
        .url { font-size: 8pt; color: #3d5155; margin-top: 1mm }
        .help { font-size: 10pt; margin-top: 3mm }
        </style>
        """;
}
