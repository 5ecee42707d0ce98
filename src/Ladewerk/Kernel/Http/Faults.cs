namespace Ladewerk.Kernel.Http;

/// <summary>Collects what is wrong with a request, by field (names as in the request), so that the caller hears all of it at once.</summary>
public sealed class Faults
{
    private readonly Dictionary<string, string[]> faults = new(StringComparer.Ordinal);

    /// <summary>What was found.</summary>
    public IDictionary<string, string[]> Errors => faults;

    /// <summary>Whether anything was found.</summary>
    public bool Any => faults.Count > 0;

    /// <summary>Notes a fault of a field.</summary>
    public Faults Add(string field, string fault)
    {
        faults[field] = faults.TryGetValue(field, out var former) ? [.. former, fault] : [fault];
        return this;
    }

    /// <summary>Notes the faults of a part, each field below <paramref name="prefix"/>.</summary>
    public Faults AddRange(IDictionary<string, string[]> part, string prefix = "")
    {
        foreach (var (field, found) in part)
        {
            faults[prefix + field] = faults.TryGetValue(prefix + field, out var former) ? [.. former, .. found] : found;
        }

        return this;
    }

    /// <summary>Notes a fault unless <paramref name="ok"/>.</summary>
    public Faults Unless(bool ok, string field, string fault) => ok ? this : Add(field, fault);

    /// <summary>A text that must be there and not be too long.</summary>
    public Faults Text(string field, string? value, int max = 200) =>
        Unless(!string.IsNullOrWhiteSpace(value) && value.Length <= max, field, $"1 to {max} characters.");

    /// <summary>A text that may be absent, and must not be too long.</summary>
    public Faults Short(string field, string? value, int max = 200) => Unless(value is null || value.Length <= max, field, $"At most {max} characters.");

    /// <summary>An IANA time zone.</summary>
    public Faults TimeZone(string field, string? value) => Unless(value is null || TimeZoneInfo.TryFindSystemTimeZoneById(value, out _), field, "Not an IANA time zone.");

    /// <summary>An ISO 3166-1 alpha-2 country.</summary>
    public Faults Country(string field, string? value) => Unless(value is null or [>= 'A' and <= 'Z', >= 'A' and <= 'Z'], field, "Two capital letters (ISO 3166-1).");

    /// <summary>An e-mail address, roughly: one @ with something on both sides.</summary>
    public Faults Email(string field, string? value) =>
        Unless(value is null || (value.Length <= 254 && value.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at == value.LastIndexOf('@') && at < value.Length - 1 && !value.Any(char.IsWhiteSpace)), field, "Not an e-mail address.");
}
