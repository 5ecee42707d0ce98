using Ladewerk.DriverApp;

namespace Ladewerk.Receipts.App;

/// <summary>The looks of the printed receipt: a document for a printer, so the rule against styles within a page does not hold.</summary>
internal static class ReceiptSheetStyle
{
    public static string Of(OperatorLook look) => $$"""
        <style>
        @page { size: A4; margin: 18mm 20mm 16mm 22mm }
        body { margin: 0; font-family: Inter, "DejaVu Sans", sans-serif; font-size: 10pt; line-height: 1.4; color: #0a191b }
        p { margin: 0 0 2mm }
        h2 { font-size: 11pt; margin: 7mm 0 2mm }
        table { width: 100%; border-collapse: collapse }
        td, th { padding: 1.6mm 0; text-align: left; vertical-align: top; font-weight: 400 }
        .head { background: {{look.ThemeColour}}; color: {{look.ThemeInk}} }
        .head td { padding: 4mm 5mm; font-size: 11pt }
        .r { text-align: right }
        .verdict { margin: 6mm 0 2mm; padding: 4mm 5mm; font-size: 13pt; border-left: 1.5mm solid #5b6b6f; background: #eef2f2 }
        .verdict span { display: block; font-size: 10pt }
        .good { border-color: #157a3c; background: #e2f4e7 }
        .bad { border-color: #b3261e; background: #fdeceb }
        .reason { color: #7a1a14 }
        .t th { color: #3d5155; font-size: 9pt }
        .t td { border-top: 0.3mm solid #d5dede }
        .t .sum td { border-top: 0.5mm solid #0a191b; font-weight: 700 }
        .cap { color: #3d5155; font-size: 9pt }
        .mono { font-family: "DejaVu Sans Mono", monospace; font-size: 9pt }
        .foot { margin-top: 12mm; border-top: 0.3mm solid #d5dede; padding-top: 3mm }
        </style>
        """;
}
