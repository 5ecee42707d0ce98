using System.Text.Json;

namespace Ladewerk.Tariffs;

/// <summary>Reads OCPI <c>TariffRestrictions</c>.</summary>
internal static class OcpiRestrictions
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "start_time", "end_time", "start_date", "end_date", "min_kwh", "max_kwh", "min_current", "max_current", "min_power",
        "max_power", "min_duration", "max_duration", "day_of_week", "reservation",
    };

    private static readonly string[] DayNames = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

    public static Restrictions? Read(JsonElement json, string path, OcpiFields fields)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            fields.Error(path, "Restrictions are an object.");
            return null;
        }

        foreach (var property in json.EnumerateObject().Where(property => !Known.Contains(property.Name)))
        {
            fields.Warn("ocpi-unknown-restriction", $"Einschränkung {property.Name} ist unbekannt und wird nicht beachtet.", $"Restriction {property.Name} is unknown and ignored.");
        }

        return new Restrictions
        {
            StartTime = fields.Time(json, "start_time", path + ".start_time"),
            EndTime = fields.Time(json, "end_time", path + ".end_time"),
            StartDate = fields.Date(json, "start_date", path + ".start_date"),
            EndDate = fields.Date(json, "end_date", path + ".end_date"),
            MinKwh = fields.Number(json, "min_kwh", path + ".min_kwh"),
            MaxKwh = fields.Number(json, "max_kwh", path + ".max_kwh"),
            MinCurrent = fields.Number(json, "min_current", path + ".min_current"),
            MaxCurrent = fields.Number(json, "max_current", path + ".max_current"),
            MinPower = fields.Number(json, "min_power", path + ".min_power"),
            MaxPower = fields.Number(json, "max_power", path + ".max_power"),
            MinDuration = fields.Whole(json, "min_duration", path + ".min_duration"),
            MaxDuration = fields.Whole(json, "max_duration", path + ".max_duration"),
            DayOfWeek = Days(json, path + ".day_of_week", fields),
            Reservation = ReservationOf(json, path + ".reservation", fields),
        };
    }

    private static List<Weekday>? Days(JsonElement json, string path, OcpiFields fields)
    {
        var days = new List<Weekday>();
        foreach (var (value, at) in fields.Items(json, "day_of_week", path))
        {
            var day = value.ValueKind == JsonValueKind.String ? Array.FindIndex(DayNames, name => value.ValueEquals(name)) : -1;
            if (day >= 0)
            {
                days.Add((Weekday)day);
            }
            else
            {
                fields.Error(at, "MONDAY to SUNDAY.");
            }
        }

        return days.Count == 0 ? null : days;
    }

    private static ReservationRestriction? ReservationOf(JsonElement json, string path, OcpiFields fields)
    {
        switch (fields.Text(json, "reservation", path))
        {
            case null:
                return null;
            case "RESERVATION":
                return ReservationRestriction.Reservation;
            case "RESERVATION_EXPIRES":
                return ReservationRestriction.ReservationExpires;
            default:
                fields.Error(path, "RESERVATION or RESERVATION_EXPIRES.");
                return null;
        }
    }
}
