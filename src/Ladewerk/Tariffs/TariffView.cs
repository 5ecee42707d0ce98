using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ladewerk.Tariffs;

/// <summary>A version in the history of a tariff.</summary>
internal sealed record VersionView(int Version, DateTimeOffset CreatedAt, string? CreatedBy, Tariff Tariff);

/// <summary>
/// A tariff as the API shows it: the fields of the current version's document at the top, and what the server knows of it
/// beside, so that what was read can be changed and sent back.
/// </summary>
internal sealed record TariffView
{
    /// <summary>Tariffs are written by <see cref="TariffJson"/>.</summary>
    public static JsonSerializerOptions Json => TariffJson.Options;

    [JsonExtensionData]
    public Dictionary<string, JsonElement> Document { get; init; } = [];

    public bool IsDefault { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ArchivedAt { get; init; }

    /// <summary>In plain words, by language.</summary>
    public IReadOnlyDictionary<string, TariffText> Texts { get; init; } = new Dictionary<string, TariffText>(StringComparer.Ordinal);

    /// <summary>What the checks remark.</summary>
    public IReadOnlyList<TariffFinding> Findings { get; init; } = [];

    /// <summary>Newest first; only where one tariff was asked for.</summary>
    public IReadOnlyList<VersionView>? Versions { get; init; }

    public static TariffView Of(StoredTariff stored, TariffVersion current, IReadOnlyList<TariffVersion>? versions) => new()
    {
        Document = JsonSerializer.SerializeToElement(current.Document, TariffJson.Options).EnumerateObject().ToDictionary(field => field.Name, field => field.Value, StringComparer.Ordinal),
        IsDefault = stored.IsDefault,
        CreatedAt = stored.CreatedAt,
        ArchivedAt = stored.ArchivedAt,
        Texts = new Dictionary<string, TariffText>(StringComparer.Ordinal)
        {
            ["de"] = TariffWording.Describe(current.Document, "de"),
            ["en"] = TariffWording.Describe(current.Document, "en"),
        },
        Findings = TariffValidator.Check(current.Document),
        Versions = versions is null ? null : [.. versions.Select(version => new VersionView(version.Version, version.CreatedAt, version.CreatedBy, version.Document))],
    };

    /// <summary>The tariff in a request's body; null with what is wrong by field.</summary>
    public static Tariff? Read(JsonElement body, Dictionary<string, string[]> errors, string field = "")
    {
        if (SimulatePrice.Read<Tariff>(body, field, errors) is not { } tariff)
        {
            errors.TryAdd(field.Length > 0 ? field : "body", ["An object is needed."]);
            return null;
        }

        if (tariff.Elements.Any(element => element is null || element.Components.Any(component => component is null)) || tariff.Extensions.Caps.Any(cap => cap is null))
        {
            errors[(field + ".elements").TrimStart('.')] = ["A null is not allowed here."];
            return null;
        }

        return tariff with { Currency = tariff.Currency.ToUpperInvariant() };
    }
}

/// <summary>201 with the tariff and where it is.</summary>
internal sealed class CreatedTariff(TariffView view) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers.Location = "/api/v1/tariffs/" + view.Document["id"].GetString();
        return TypedResults.Json(view, TariffView.Json, statusCode: StatusCodes.Status201Created).ExecuteAsync(httpContext);
    }
}
