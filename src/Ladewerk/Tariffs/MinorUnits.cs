namespace Ladewerk.Tariffs;

/// <summary>Decimal places of a currency's minor unit (ISO 4217, table A.1); two where nothing else is said.</summary>
public static class MinorUnits
{
    private static readonly decimal[] Units = [1m, 0.1m, 0.01m, 0.001m, 0.0001m];
    private static readonly decimal[] Zeros = [0m, 0.0m, 0.00m, 0.000m, 0.0000m];

    public static int Of(string currency) => currency switch
    {
        "BIF" or "CLP" or "DJF" or "GNF" or "ISK" or "JPY" or "KMF" or "KRW" or "PYG" or "RWF" or "UGX" or "UYI" or "VND"
            or "VUV" or "XAF" or "XOF" or "XPF" => 0,
        "BHD" or "IQD" or "JOD" or "KWD" or "LYD" or "OMR" or "TND" => 3,
        "CLF" or "UYW" => 4,
        _ => 2,
    };

    /// <summary>Zero, written with that many places: adding it gives a number at least those.</summary>
    internal static decimal Zero(int digits) => Zeros[digits];

    internal static decimal Smallest(int digits) => Units[digits];
}
