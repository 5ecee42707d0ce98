using System.Globalization;
using System.Text;

namespace Ladewerk.Portal;

/// <summary>A list as a file for spreadsheets: separator and decimals of the reader's language, UTF-8 with its mark, RFC 4180 quoting.</summary>
public sealed class Csv(Stream stream) : IAsyncDisposable
{
    private readonly StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true);
    private readonly string separator = CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator is "," ? ";" : ",";

    /// <summary>Tells the browser that a file follows.</summary>
    public static Csv For(HttpResponse response, string name)
    {
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        return new Csv(response.Body);
    }

    /// <summary>Writes a line: texts, numbers, moments (with their offset), or nothing.</summary>
    public Task Line(params object?[] values) => writer.WriteAsync(string.Join(separator, values.Select(Field)) + "\r\n");

    public async ValueTask DisposeAsync() => await writer.DisposeAsync();

    private string Field(object? value)
    {
        var text = value switch
        {
            null => "",
            // What a station or a driver wrote must not become a formula in a spreadsheet.
            string s => s is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] ? "'" + s : s,
            DateTimeOffset at => at.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture),
            IFormattable number => number.ToString(null, CultureInfo.CurrentCulture),
            _ => value.ToString() ?? "",
        };
        return text.Contains(separator, StringComparison.Ordinal) || text.AsSpan().IndexOfAny('"', '\n', '\r') >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
