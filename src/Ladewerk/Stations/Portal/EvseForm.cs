namespace Ladewerk.Stations.Portal;

/// <summary>An EVSE as the wizard asks for it: one connector each.</summary>
public sealed class EvseForm
{
    public const string Ac22 = "AC3/IEC_62196_T2/SOCKET";

    /// <summary>Current type, connector type and format, with the key of their text.</summary>
    public static readonly IReadOnlyList<(string Value, string Text)> Types =
    [
        (Ac22, "stations.type.ac3socket"),
        ("AC3/IEC_62196_T2/CABLE", "stations.type.ac3cable"),
        ("AC1/IEC_62196_T2/SOCKET", "stations.type.ac1socket"),
        ("DC/IEC_62196_T2_COMBO/CABLE", "stations.type.ccs"),
        ("DC/CHADEMO/CABLE", "stations.type.chademo"),
    ];

    public string? EvseId { get; set; }

    /// <summary>One of <see cref="Types"/>; empty: there is no such EVSE.</summary>
    public string? Type { get; set; }

    public decimal? MaxKw { get; set; }

    internal string CurrentType => Parts[0];

    internal string? ConnectorType => Parts.ElementAtOrDefault(1);

    internal string? Format => Parts.ElementAtOrDefault(2);

    private string[] Parts => (Type ?? "").Split('/');
}
