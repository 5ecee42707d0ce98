using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ladewerk.Tariffs;

/// <summary>
/// One immutable version of a price rule set, in OCPI 2.2.1 terms and beyond. It is stored as it is (jsonb), frozen
/// into each session at its start, and priced by <see cref="PricingEngine"/>.
/// </summary>
public sealed record Tariff
{
    /// <summary>Identifies the tariff; all its versions share it.</summary>
    public string Id { get; init; } = "";

    /// <summary>Counts from 1; a change of prices makes a new version.</summary>
    public int Version { get; init; } = 1;

    /// <summary>ISO 4217 code of every amount in this tariff.</summary>
    public required string Currency { get; init; }

    public LocalizedText Name { get; init; } = new();

    public TariffKind Kind { get; init; }

    /// <summary>In order: per dimension, the first one that holds is used (OCPI 2.2.1 §mod_tariffs, Tariff object).</summary>
    public IReadOnlyList<TariffElement> Elements { get; init; } = [];

    public PriceLimit? MinPrice { get; init; }

    public PriceLimit? MaxPrice { get; init; }

    /// <summary>Sessions that start from here on may use this version (inclusive).</summary>
    public DateTimeOffset? ValidFrom { get; init; }

    /// <summary>Sessions that start from here on may not use it any more (exclusive).</summary>
    public DateTimeOffset? ValidTo { get; init; }

    /// <summary>Whether component prices and caps are gross. OCPI 2.3.0 <c>tax_included</c>.</summary>
    public bool TaxIncluded { get; init; }

    public EnergyMix? EnergyMix { get; init; }

    /// <summary>Whether a price of it follows the market by quarter hours.</summary>
    [JsonIgnore]
    public bool FollowsMarket => CompiledTariff.Of(this).Rhythm > 0;

    /// <summary>Rules beyond OCPI.</summary>
    public TariffExtensions Extensions { get; init; } = new();
}

/// <summary>What the tariff is for. OCPI <c>TariffType</c>, and <c>roaming</c> for prices to partners.</summary>
public enum TariffKind
{
    Regular,
    AdHoc,
    ProfileCheap,
    ProfileFast,
    ProfileGreen,
    Roaming,
}

/// <summary>A text in the two languages of the product. In JSON <c>{"de","en"}</c>; a plain text stands for both.</summary>
[JsonConverter(typeof(LocalizedTextJson))]
public sealed record LocalizedText(string De = "", string En = "")
{
    /// <summary>The text in a language ("de" or "en"), or in the other one where it is empty.</summary>
    public string In(string language)
    {
        var german = language.StartsWith("de", StringComparison.OrdinalIgnoreCase);
        var (wanted, other) = german ? (De, En) : (En, De);
        return wanted.Length > 0 ? wanted : other;
    }
}

/// <summary>A lower or upper bound of a session's total; each side is applied on its own. OCPI 2.3.0 <c>PriceLimit</c>.</summary>
public sealed record PriceLimit(decimal? ExclVat = null, decimal? InclVat = null);

/// <summary>Prices that hold together while their restrictions do.</summary>
public sealed record TariffElement
{
    /// <summary>What the operator and the bill call it, for example "Energie, Tag".</summary>
    public LocalizedText? Name { get; init; }

    public required IReadOnlyList<PriceComponent> Components { get; init; }

    public Restrictions? Restrictions { get; init; }
}

/// <summary>Where the energy comes from. OCPI <c>EnergyMix</c>, the part that is shown to drivers.</summary>
public sealed record EnergyMix
{
    public bool IsGreenEnergy { get; init; }

    public IReadOnlyList<EnergySource>? Sources { get; init; }

    public string? SupplierName { get; init; }

    public string? ProductName { get; init; }
}

/// <summary>A share of the energy mix in percent.</summary>
public sealed record EnergySource(string Source, decimal Percentage);

internal sealed class LocalizedTextJson : JsonConverter<LocalizedText>
{
    public override LocalizedText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            var both = reader.GetString()!;
            return new LocalizedText(both, both);
        }

        var languages = JsonSerializer.Deserialize<Dictionary<string, string?>>(ref reader, options) ?? throw new JsonException("A text, or an object with de and en.");
        return new LocalizedText(languages.GetValueOrDefault("de") ?? "", languages.GetValueOrDefault("en") ?? "");
    }

    public override void Write(Utf8JsonWriter writer, LocalizedText value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("de", value.De);
        writer.WriteString("en", value.En);
        writer.WriteEndObject();
    }
}
