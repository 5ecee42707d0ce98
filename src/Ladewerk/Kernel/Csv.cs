using System.Text;

namespace Ladewerk.Kernel;

/// <summary>Tables as text (RFC 4180): fields in quotes where needed, quotes doubled, line breaks allowed inside of quotes.</summary>
public static class Csv
{
    private static readonly char[] Delimiters = [',', ';', '\t'];

    /// <summary>One line of the table.</summary>
    /// <param name="Number">Line of the file in which it begins; the first is 1.</param>
    public sealed record Line(int Number, IReadOnlyList<string> Cells);

    /// <summary>The delimiter that the first line uses most: comma, semicolon (German spreadsheets) or tab.</summary>
    public static char DelimiterOf(string text)
    {
        var first = text.AsSpan(0, text.AsSpan().IndexOfAny('\r', '\n') is >= 0 and var end ? end : text.Length);
        var best = Delimiters[0];
        foreach (var delimiter in Delimiters)
        {
            best = first.Count(delimiter) > first.Count(best) ? delimiter : best;
        }

        return best;
    }

    /// <summary>Reads all lines; empty ones are left out, blanks around cells are cut.</summary>
    public static IEnumerable<Line> Read(string text, char delimiter)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        var (line, began, quoted) = (1, 1, false);
        for (var i = text.StartsWith('\uFEFF') ? 1 : 0; i <= text.Length; i++)
        {
            var c = i < text.Length ? text[i] : '\n';
            if (quoted && i < text.Length)
            {
                if (c != '"')
                {
                    cell.Append(c);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    cell.Append(c);
                    i++;
                }
                else
                {
                    quoted = false;
                }
            }
            else if (c == '"' && string.IsNullOrWhiteSpace(cell.ToString()))
            {
                quoted = true;
                cell.Clear();
            }
            else if (c == delimiter || c == '\n')
            {
                cells.Add(cell.ToString().Trim());
                cell.Clear();
            }
            else
            {
                cell.Append(c);
            }

            if (c == '\n' && (!quoted || i == text.Length))
            {
                if (cells.Exists(v => v.Length > 0))
                {
                    yield return new Line(began, [.. cells]);
                }

                cells.Clear();
                began = line + 1;
            }

            line += c == '\n' ? 1 : 0;
        }
    }

    /// <summary>One line, ended. What a spreadsheet would take for a formula is made text by an apostrophe.</summary>
    public static string Write(IEnumerable<string?> cells, char delimiter = ',') => string.Join(delimiter, cells.Select(Cell)) + "\r\n";

    private static string Cell(string? value)
    {
        var text = value is ['=' or '+' or '-' or '@' or '\t' or '\r', _, ..] && !decimal.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out _) ? "'" + value : value ?? "";
        return text.AsSpan().IndexOfAny(",;\"\r\n") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
