using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;

namespace Ladewerk.Ocpp;

/// <summary>Limits of the schemas that JSON reading does not check: the longest texts and the lists that must not be empty.</summary>
internal sealed class WireLimits
{
    private static readonly ConcurrentDictionary<Type, WireLimits> Known = new();
    private readonly List<Limit> limits = [];

    private sealed record Limit(string Name, Func<object, object?> Get, int MaxLength, int MinItems, bool IsList, WireLimits? Inner);

    /// <summary>The limits of a record, or null when it has none.</summary>
    public static WireLimits? Of(JsonTypeInfo type) => Build(type) is { limits.Count: > 0 } some ? some : null;

    public static int? MaxLength(JsonPropertyInfo property) => Attribute<MaxLengthAttribute>(property)?.Length;

    public static int? MinItems(JsonPropertyInfo property) => Attribute<MinLengthAttribute>(property)?.Length;

    /// <summary>What a record exceeds, or null.</summary>
    public List<LeniencyNote>? Check(object record)
    {
        List<LeniencyNote>? notes = null;
        Check(record, null, ref notes);
        return notes;
    }

    private static WireLimits Build(JsonTypeInfo type)
    {
        if (Known.TryGetValue(type.Type, out var known))
        {
            return known;
        }

        var built = new WireLimits();
        foreach (var property in type.Properties)
        {
            if (property.Get is { } get && Describe(type, property, get) is { } limit)
            {
                built.limits.Add(limit);
            }
        }

        return Known.GetOrAdd(type.Type, built);
    }

    private static Limit? Describe(JsonTypeInfo owner, JsonPropertyInfo property, Func<object, object?> get)
    {
        var inner = owner.Options.GetTypeInfo(property.PropertyType);
        var isList = inner.Kind == JsonTypeInfoKind.Enumerable;
        if (isList)
        {
            inner = owner.Options.GetTypeInfo(inner.ElementType!);
        }

        var nested = inner.Kind == JsonTypeInfoKind.Object ? Of(inner) : null;
        var max = MaxLength(property) ?? int.MaxValue;
        var min = isList ? MinItems(property) ?? 0 : 0;
        return nested is null && max == int.MaxValue && min == 0 ? null : new Limit(property.Name, get, max, min, isList, nested);
    }

    private static T? Attribute<T>(JsonPropertyInfo property)
        where T : Attribute => property.AttributeProvider is MemberInfo member ? member.GetCustomAttribute<T>() : null;

    // The path is a chain of parents, written out only when something is found.
    private sealed record Place(Place? Parent, string Name, int Index)
    {
        public override string ToString() =>
            (Parent?.ToString() ?? "$") + "." + Name + (Index < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"[{Index}]"));
    }

    private void Check(object record, Place? parent, ref List<LeniencyNote>? notes)
    {
        foreach (var limit in limits)
        {
            var value = limit.Get(record);
            if (value is string text)
            {
                if (text.Length > limit.MaxLength)
                {
                    Note(ref notes, Leniency.OverlongText, new Place(parent, limit.Name, -1), text);
                }
            }
            else if (limit.IsList && value is IReadOnlyList<object> list)
            {
                CheckList(limit, list, parent, ref notes);
            }
            else if (value is not null && limit.Inner is { } inner)
            {
                inner.Check(value, new Place(parent, limit.Name, -1), ref notes);
            }
        }
    }

    private static void CheckList(Limit limit, IReadOnlyList<object> list, Place? parent, ref List<LeniencyNote>? notes)
    {
        if (list.Count < limit.MinItems)
        {
            Note(ref notes, Leniency.EmptyEntryDropped, new Place(parent, limit.Name, -1), "[]");
        }

        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is string text)
            {
                if (text.Length > limit.MaxLength)
                {
                    Note(ref notes, Leniency.OverlongText, new Place(parent, limit.Name, i), text);
                }
            }
            else if (limit.Inner is { } inner)
            {
                inner.Check(list[i], new Place(parent, limit.Name, i), ref notes);
            }
        }
    }

    private static void Note(ref List<LeniencyNote>? notes, Leniency kind, Place place, string original) =>
        (notes ??= []).Add(kind, place.ToString(), original);
}
