using System.Globalization;
using System.Text;

namespace Ladewerk.Billing.Exports;

/// <summary>A document for the books.</summary>
internal sealed record BookedInvoice(string Number, DateOnly IssuedOn, string Customer, string? CustomerNumber, string Currency, IReadOnlyList<VatLine> VatLines);

/// <summary>
/// The posting batch of DATEV (EXTF, category 21 "Buchungsstapel", version 13): a line per document and VAT rate, debtor against revenue. Semicolons,
/// text in quotes, decimal commas, Windows-1252. The revenue accounts set the tax by themselves (Automatikkonten), so amounts are gross.
/// </summary>
internal static class Datev
{
    private const int TextLength = 60, DocumentLength = 36;

    private static readonly string[] Columns =
    [
        "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz", "WKZ Basis-Umsatz", "Konto", "Gegenkonto (ohne BU-Schlüssel)",
        "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto", "Buchungstext",
    ];

    /// <summary>The whole file.</summary>
    /// <param name="from">First day of the batch; it must lie in one fiscal year with the last.</param>
    public static byte[] Write(IEnumerable<BookedInvoice> invoices, DatevSettings settings, string currency, DateOnly from, DateOnly to, DateTimeOffset now)
    {
        var text = new StringBuilder();
        text.Append(Header(settings, currency, from, to, now)).Append("\r\n").AppendJoin(';', Columns).Append("\r\n");
        foreach (var invoice in invoices)
        {
            foreach (var vat in invoice.VatLines.Where(v => v.Gross != 0m))
            {
                text.AppendJoin(';', Posting(invoice, vat, settings)).Append("\r\n");
            }
        }

        return CodePagesEncodingProvider.Instance.GetEncoding(1252, new EncoderReplacementFallback("?"), DecoderFallback.ReplacementFallback)!.GetBytes(text.ToString());
    }

    /// <summary>First day of the fiscal year in which a day lies.</summary>
    public static DateOnly FiscalYear(DateOnly day, int month) => new(day.Month >= month ? day.Year : day.Year - 1, month, 1);

    private static string Header(DatevSettings s, string currency, DateOnly from, DateOnly to, DateTimeOffset now)
    {
        string[] fields =
        [
            Quoted("EXTF"), "700", "21", Quoted("Buchungsstapel"), "13", now.UtcDateTime.ToString("yyyyMMddHHmmssfff", CultureInfo.InvariantCulture), "", Quoted("LW"), Quoted(""), Quoted(""),
            Whole(s.Consultant), Whole(s.Client), Day(FiscalYear(from, s.FiscalYearMonth)), Whole(s.AccountLength), Day(from), Day(to), Quoted("Rechnungen"), Quoted(""), "1", "0", "0", Quoted(currency),
            "", Quoted(""), "", "", Quoted(""), "", "", Quoted(""), Quoted(""),
        ];
        return string.Join(';', fields);
    }

    private static string[] Posting(BookedInvoice invoice, VatLine vat, DatevSettings s) =>
    [
        Math.Abs(vat.Gross).ToString("0.00", CultureInfo.InvariantCulture).Replace('.', ','), Quoted(vat.Gross > 0m ? "S" : "H"), Quoted(invoice.Currency), "", "", "",
        Debtor(invoice, s), Whole(RevenueOf(vat, s)), "", invoice.IssuedOn.ToString("ddMM", CultureInfo.InvariantCulture), Quoted(Document(invoice.Number)), "", "", Quoted(Cut(invoice.Customer, TextLength)),
    ];

    /// <summary>The customer's own account, where its number is one; otherwise that of all debtors.</summary>
    private static string Debtor(BookedInvoice invoice, DatevSettings s) =>
        invoice.CustomerNumber is { } number && number.Length == s.AccountLength + 1 && number.All(char.IsAsciiDigit) && number[0] is >= '1' and <= '6'
            ? number
            : s.Debtors.ToString(CultureInfo.InvariantCulture);

    private static int RevenueOf(VatLine vat, DatevSettings s) => vat.Category is not ("S" or "Z")
        ? s.RevenueUntaxed
        : s.Accounts.TryGetValue(vat.Rate.ToString("0.##", CultureInfo.InvariantCulture), out var account) ? account : s.RevenueUntaxed;

    /// <summary>DATEV takes letters, digits and a few signs in the number of a document.</summary>
    private static string Document(string number) => Cut(string.Concat(number.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '/' or '$' or '&' or '%' or '*' or '+')), DocumentLength);

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];

    private static string Day(DateOnly day) => day.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal).ReplaceLineEndings(" ")}\"";
}
