using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Drivers.Import;

/// <summary>Reads the file of an import: what each line says, and what is wrong with it on its own.</summary>
internal static class PeopleFile
{
    /// <summary>Lines one file may have.</summary>
    public const int MostRows = 200_000;

    /// <summary>The columns, in the order in which the export writes them.</summary>
    public static readonly IReadOnlyList<string> Columns =
        ["number", "name", "email", "phone", "language", "status", "customer", "uid", "visualNumber", "type", "group", "validFrom", "validUntil", "badgeStatus", "note"];

    // Other names under which spreadsheets and other systems have them.
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["externalnumber"] = "number", ["externalid"] = "number", ["drivernumber"] = "number", ["nummer"] = "number", ["fahrernummer"] = "number", ["personalnummer"] = "number",
        ["fahrer"] = "name", ["driver"] = "name", ["fullname"] = "name", ["mail"] = "email", ["emailadresse"] = "email", ["telefon"] = "phone", ["telephone"] = "phone", ["mobil"] = "phone",
        ["sprache"] = "language", ["locale"] = "language", ["customernumber"] = "customer", ["kundennummer"] = "customer", ["kunde"] = "customer", ["rfid"] = "uid", ["idtag"] = "uid", ["kennung"] = "uid",
        ["cardnumber"] = "visualNumber", ["kartennummer"] = "visualNumber", ["aufgedrucktenummer"] = "visualNumber", ["typ"] = "type", ["groupid"] = "group", ["gruppe"] = "group",
        ["gültigab"] = "validFrom", ["gueltigab"] = "validFrom", ["gültigbis"] = "validUntil", ["gueltigbis"] = "validUntil", ["expires"] = "validUntil", ["kartenstatus"] = "badgeStatus",
        ["notiz"] = "note", ["vorname"] = "firstName", ["nachname"] = "lastName",
    };

    private static readonly string[] Days = ["yyyy-MM-dd", "d.M.yyyy", "d/M/yyyy"];

    /// <summary>The file as rows; the text says what makes the whole file unreadable.</summary>
    public static (List<(int Line, PersonRow Row, List<RowFault> Faults)> Rows, string? Unreadable) Read(string text, TimeZoneInfo zone)
    {
        var rows = new List<(int, PersonRow, List<RowFault>)>();
        Dictionary<string, int>? columns = null;
        foreach (var line in Csv.Read(text, Csv.DelimiterOf(text.TrimStart('\uFEFF'))))
        {
            if (columns is null)
            {
                columns = Header(line.Cells);
                if (!columns.ContainsKey("name") && !columns.ContainsKey("uid") && !columns.ContainsKey("lastName"))
                {
                    return (rows, "noColumns");
                }

                continue;
            }

            if (rows.Count == MostRows)
            {
                return (rows, "tooMany");
            }

            var (row, faults) = Row(line.Cells, columns, zone);
            rows.Add((line.Number, row, faults));
        }

        return (rows, rows.Count == 0 ? "empty" : null);
    }

    private static Dictionary<string, int> Header(IReadOnlyList<string> cells)
    {
        var columns = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < cells.Count; i++)
        {
            var name = cells[i].Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
            columns.TryAdd(Aliases.GetValueOrDefault(name, name), i);
        }

        return columns;
    }

    private static (PersonRow Row, List<RowFault> Faults) Row(IReadOnlyList<string> cells, Dictionary<string, int> columns, TimeZoneInfo zone)
    {
        var faults = new List<RowFault>();
        var row = new PersonRow
        {
            Number = Cell("number", 50), Name = Cell("name") ?? Joined(Cell("firstName"), Cell("lastName")), Email = Cell("email", 254), Phone = Cell("phone", 50), Language = Lower("language", "de", "en"),
            Status = Lower("status", "active", "blocked", "closed"), Customer = Cell("customer", 50), Uid = Cell("uid", IdTokenUid.MaxLength)?.ToUpperInvariant(), VisualNumber = Cell("visualNumber", 50),
            Type = Cell("type", 20), Group = Cell("group", IdTokenUid.MaxLength), ValidFrom = Day("validFrom", zone, endOfDay: false, Text("validFrom"), faults),
            ValidUntil = Day("validUntil", zone, endOfDay: true, Text("validUntil"), faults), BadgeStatus = Lower("badgeStatus", "accepted", "blocked", "expired", "lost"), Note = Cell("note", 1000),
        };
        Check(row, faults);
        return (row, faults);

        string? Text(string column) => columns.TryGetValue(column, out var i) && i < cells.Count && cells[i].Trim() is { Length: > 0 } cell ? Unquoted(cell) : null;

        string? Cell(string column, int max = 200)
        {
            var cell = Text(column);
            if (cell?.Length > max)
            {
                faults.Add(new(column, "tooLong"));
            }
            else if (cell is not null && cell.Any(char.IsControl))
            {
                faults.Add(new(column, "control"));
            }

            return cell;
        }

        string? Lower(string column, params string[] allowed)
        {
            var cell = Text(column)?.ToLowerInvariant();
            if (cell is not null && !allowed.Contains(cell, StringComparer.Ordinal))
            {
                faults.Add(new(column, "unknownWord"));
            }

            return cell;
        }
    }

    private static void Check(PersonRow row, List<RowFault> faults)
    {
        if (row is { Number: null, Email: null, Uid: null })
        {
            faults.Add(new("number", "noKey"));
        }

        if (new Faults().Email("email", row.Email).Any)
        {
            faults.Add(new("email", "email"));
        }

        if (row is { Number: null, Email: null, Name: null } && (row.Phone ?? row.Customer ?? row.Language ?? row.Status) is not null)
        {
            faults.Add(new("name", "nameMissing"));
        }

        if (row.Uid is null && (row.VisualNumber ?? row.Type ?? row.Group ?? row.BadgeStatus ?? row.Note) is not null)
        {
            faults.Add(new("uid", "uidMissing"));
        }

        if (row.ValidFrom >= row.ValidUntil)
        {
            faults.Add(new("validUntil", "order"));
        }
    }

    // The export makes text of what a spreadsheet would take for a formula.
    private static string Unquoted(string cell) => cell is ['\'', '=' or '+' or '-' or '@', ..] ? cell[1..] : cell;

    private static string? Joined(string? first, string? last) => first is null ? last : last is null ? first : $"{first} {last}";

    private static DateTimeOffset? Day(string column, TimeZoneInfo zone, bool endOfDay, string? cell, List<RowFault> faults)
    {
        if (cell is null)
        {
            return null;
        }

        if (DateOnly.TryParseExact(cell, Days, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            var local = day.ToDateTime(endOfDay ? new TimeOnly(23, 59, 59) : TimeOnly.MinValue);
            return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
        }

        if (cell.Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(cell, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment))
        {
            return moment.ToUniversalTime();
        }

        faults.Add(new(column, "date"));
        return null;
    }
}
