namespace Ladewerk.Ocpp.Generator;

/// <summary>What the schemas of a version do not say: names of inline types, clauses, and texts.</summary>
internal sealed record VersionNames
{
    /// <summary>Short name, for example <c>V16</c>: namespace, folder and prefix of the JSON context.</summary>
    public required string Short { get; init; }

    /// <summary>Action to clause and summary of its request.</summary>
    public required IReadOnlyDictionary<string, (string Clause, string Summary)> Actions { get; init; }

    /// <summary>Names of inline types, by <c>File.property</c> first, then by <c>property</c>.</summary>
    public required IReadOnlyDictionary<string, string> TypeNames { get; init; }

    /// <summary>Types whose properties or values are described here.</summary>
    public required IReadOnlyDictionary<string, string> TypeTexts { get; init; }

    /// <summary>Property texts, by <c>Type.property</c> first, then by <c>property</c>.</summary>
    public required IReadOnlyDictionary<string, string> PropertyTexts { get; init; }

    /// <summary>Integer properties that are read as decimal, because stations send fractions that matter.</summary>
    public required IReadOnlySet<string> Decimals { get; init; }

    /// <summary>Misspelled enum values of the schemas, and the value they stand for: <c>Enum.Misspelled</c> to value.</summary>
    public required IReadOnlyDictionary<string, string> EnumAliases { get; init; }

    public string TypeName(string file, string property) =>
        TypeNames.GetValueOrDefault($"{file}.{property}") ?? TypeNames.GetValueOrDefault(property) ?? CodeNames.Pascal(property);

    public string? PropertyText(string type, string property) =>
        PropertyTexts.GetValueOrDefault($"{type}.{property}") ?? PropertyTexts.GetValueOrDefault(property);
}
