namespace Ladewerk.Ocpp;

/// <summary>What a reader forgave. A profile allows a set of them; an outcome says which were used.</summary>
[Flags]
public enum Leniency
{
    /// <summary>Nothing: the message is as the standard says.</summary>
    None = 0,

    /// <summary>NUL bytes or <c>\u0000</c> escapes were removed.</summary>
    NulBytes = 1 << 0,

    /// <summary>A byte order mark was removed.</summary>
    ByteOrderMark = 1 << 1,

    /// <summary>Raw control characters inside a string, such as line breaks, were escaped or removed.</summary>
    ControlCharacters = 1 << 2,

    /// <summary>Bytes after the end of the frame were ignored.</summary>
    TrailingData = 1 << 3,

    /// <summary>Commas before a closing bracket were removed.</summary>
    TrailingComma = 1 << 4,

    /// <summary>A missing, null or empty payload was taken as <c>{}</c>.</summary>
    EmptyPayload = 1 << 5,

    /// <summary>A message id that is not a string, or a message type that is not a number, was accepted.</summary>
    FrameFieldType = 1 << 6,

    /// <summary>Bytes that are not UTF-8, lone surrogates or unknown escapes were replaced.</summary>
    BadText = 1 << 7,

    /// <summary>Missing code, description or details of a CALLERROR were filled.</summary>
    ErrorFields = 1 << 8,

    /// <summary>A text was read as number or boolean.</summary>
    ValueFromText = 1 << 9,

    /// <summary>A number, boolean or other JSON was read as text.</summary>
    TextFromValue = 1 << 10,

    /// <summary>A fraction was rounded in a field of whole numbers.</summary>
    RoundedInteger = 1 << 11,

    /// <summary>A number too large for its field was cut to the largest one.</summary>
    ClampedNumber = 1 << 12,

    /// <summary>A single value was taken as array of one.</summary>
    WrappedInArray = 1 << 13,

    /// <summary>An entry without values was dropped.</summary>
    EmptyEntryDropped = 1 << 14,

    /// <summary>A known misspelling of an enum value was mapped.</summary>
    EnumAlias = 1 << 15,

    /// <summary>An unknown enum value was mapped to the "other" of its type.</summary>
    EnumFallback = 1 << 16,

    /// <summary>An unknown value of an optional enum was dropped, or the sample that carried it.</summary>
    UnknownEnumDropped = 1 << 17,

    /// <summary>A text longer than the standard allows was kept whole.</summary>
    OverlongText = 1 << 18,

    /// <summary>A timestamp without zone was taken as UTC, or one with a short offset was read.</summary>
    TimestampZone = 1 << 19,

    /// <summary>A timestamp in another form (blank instead of T, Unix time) was read.</summary>
    TimestampForm = 1 << 20,

    /// <summary>An unreadable timestamp was taken as "clock not set", 0001-01-01.</summary>
    TimestampUnreadable = 1 << 21,

    /// <summary>A property was found under another case of its name.</summary>
    PropertyCase = 1 << 22,

    /// <summary>Everything.</summary>
    All = (1 << 23) - 1,
}

/// <summary>One thing that was forgiven.</summary>
/// <param name="Kind">A single flag.</param>
/// <param name="Path">Where, for example <c>$.meterValue[0].timestamp</c>.</param>
/// <param name="Original">The text as it came, cut to 200 characters; null for what was not kept.</param>
public sealed record LeniencyNote(Leniency Kind, string Path, string? Original);

/// <summary>Collects notes; a message of a mebibyte full of oddities must not cost many times its size.</summary>
internal static class LeniencyNotes
{
    private const int MaxNotes = 100;
    private const int MaxOriginal = 200;

    /// <summary>Adds a note; when there are many, only one of a kind that is not there yet.</summary>
    public static void Add(this List<LeniencyNote> notes, Leniency kind, string path, string? original)
    {
        if (notes.Count < MaxNotes || notes.TrueForAll(n => n.Kind != kind))
        {
            notes.Add(new LeniencyNote(kind, path, original is { Length: > MaxOriginal } ? original[..MaxOriginal] : original));
        }
    }
}
