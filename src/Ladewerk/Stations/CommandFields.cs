using System.Text.Json;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Stations;

/// <summary>The members of a command's body; notes what is missing or of the wrong kind.</summary>
internal sealed class CommandFields
{
    private readonly JsonElement body;
    private readonly string prefix;

    public CommandFields(JsonElement? body)
        : this(body, new Faults(), "")
    {
    }

    private CommandFields(JsonElement? body, Faults faults, string prefix)
    {
        (this.body, Faults, this.prefix) = (body ?? default, faults, prefix);
        if (this.body.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined or JsonValueKind.Null))
        {
            Faults.Add(prefix.Length == 0 ? "body" : prefix.TrimEnd('.'), "Not an object.");
        }
    }

    public Faults Faults { get; }

    /// <summary>A text that must be there.</summary>
    public string Text(string name, int max, bool mayBeEmpty = false)
    {
        var text = OptionalText(name, max);
        return text is { Length: > 0 } || (mayBeEmpty && text is not null) ? text : Missing<string>(name) ?? "";
    }

    public string? OptionalText(string name, int max) => Member(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text when text.GetString() is { } value && value.Length <= max => value,
        _ => Fault<string>(name, $"A text of at most {max} characters."),
    };

    /// <summary>One of some words; the first where absent.</summary>
    public string Word(string name, params string[] words)
    {
        var word = OptionalText(name, 50) ?? words[0];
        return words.Contains(word, StringComparer.Ordinal) ? word : Fault<string>(name, string.Join(" or ", words) + ".") ?? words[0];
    }

    /// <summary>An integer of at least <paramref name="least"/>.</summary>
    public int? Number(string name, int least) => Member(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var value) && value >= least => value,
        _ => Fault<int>(name, least == int.MinValue ? "An integer." : $"An integer of at least {least}."),
    };

    /// <summary>A decimal number of 0 or more.</summary>
    public decimal? Decimal(string name) => Member(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetDecimal(out var value) && value >= 0 => value,
        _ => Fault<decimal>(name, "A number of 0 or more."),
    };

    public bool? Flag(string name) => Member(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => Fault<bool>(name, "true or false."),
    };

    public DateTimeOffset? Time(string name) => Member(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text when text.TryGetDateTimeOffset(out var value) => value.ToUniversalTime(),
        _ => Fault<DateTimeOffset>(name, "A time (RFC 3339)."),
    };

    public Guid? Id(string name) => Member(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text when text.TryGetGuid(out var value) => value,
        _ => Fault<Guid>(name, "A UUID."),
    };

    /// <summary>An absolute address that must be there.</summary>
    public string Uri(string name)
    {
        var text = Text(name, 2000);
        return text.Length == 0 || System.Uri.TryCreate(text, UriKind.Absolute, out _) ? text : Fault<string>(name, "An absolute address, such as ftp://host/file.") ?? "";
    }

    public IReadOnlyList<string>? Texts(string name) => Member(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(i => i.ValueKind == JsonValueKind.String) => [.. list.EnumerateArray().Select(i => i.GetString()!)],
        _ => Fault<IReadOnlyList<string>>(name, "A list of texts."),
    };

    /// <summary>A list of objects, each read by <paramref name="read"/>; absent is empty.</summary>
    public IReadOnlyList<T> Items<T>(string name, Func<CommandFields, T> read) => Member(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select((item, i) => read(new CommandFields(item, Faults, $"{prefix}{name}[{i}].")))],
        _ => Fault<IReadOnlyList<T>>(name, "A list.") ?? [],
    };

    /// <summary>An object that may be absent.</summary>
    public T? Item<T>(string name, Func<CommandFields, T> read)
        where T : class => Member(name) is { } item ? read(new CommandFields(item, Faults, $"{prefix}{name}.")) : null;

    /// <summary>Notes that a member is missing, unless it already is at fault.</summary>
    public T? Missing<T>(string name) => Faults.Errors.ContainsKey(prefix + name) ? default : Fault<T>(name, "Required.");

    public T? Fault<T>(string name, string fault)
    {
        Faults.Add(prefix + name, fault);
        return default;
    }

    private JsonElement? Member(string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;
}
