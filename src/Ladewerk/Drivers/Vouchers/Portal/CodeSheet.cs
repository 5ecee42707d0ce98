using Ladewerk.Kernel.Branding;

namespace Ladewerk.Drivers.Vouchers.Portal;

/// <summary>The looks of printed codes: a document for a printer, so the rule against styles within a page does not hold.</summary>
internal static class CodeSheet
{
    /// <param name="single">One code on a sheet of A6; else eight on A4.</param>
    public static string Of(Brand brand, bool single) => $$"""
        <style>
        @page { size: {{(single ? "148mm 105mm" : "A4")}}; margin: {{(single ? "0" : "12mm 10mm")}} }
        body { margin: 0; font-family: Inter, "DejaVu Sans", sans-serif; color: #0a191b; font-size: 0; orphans: 1; widows: 1 }
        section { display: inline-block; position: relative; overflow: hidden; box-sizing: border-box; vertical-align: top; page-break-inside: avoid;
                  width: {{(single ? "148mm" : "95mm")}}; height: {{(single ? "104.8mm" : "66mm")}}; {{(single ? "" : "border: .2mm dashed #9fb1b4;")}} }
        p { margin: 0 0 0 6mm }
        .op { margin: 0 0 {{(single ? "9mm" : "4mm")}}; background: {{brand.Palette.Fill}}; color: {{brand.Palette.Ink}}; font-weight: 700; font-size: {{(single ? "15pt" : "11pt")}}; padding: 2.6mm 6mm }
        .qr, .qr svg { width: {{(single ? "46mm" : "29mm")}}; height: {{(single ? "46mm" : "29mm")}} }
        .qr { position: absolute; right: 4mm; top: {{(single ? "20mm" : "13mm")}} }
        .what { font-size: {{(single ? "15pt" : "11pt")}}; font-weight: 700; margin-right: {{(single ? "54mm" : "35mm")}} }
        .code { font-family: "DejaVu Sans Mono", monospace; font-size: {{(single ? "17pt" : "11.5pt")}}; font-weight: 700; margin-top: {{(single ? "8mm" : "4mm")}} }
        .until { font-size: {{(single ? "11pt" : "8.5pt")}}; margin-top: 2mm }
        .how { position: absolute; left: 0; bottom: {{(single ? "13mm" : "8mm")}}; font-size: {{(single ? "9.5pt" : "7pt")}} }
        .url { position: absolute; left: 0; bottom: {{(single ? "7mm" : "4mm")}}; font-size: {{(single ? "8pt" : "6pt")}}; color: #3d5155 }
        </style>
        """;
}
