namespace Ladewerk.Eichrecht.Formats;

/// <summary>What a register counts. Codes come as 1-0:1.8.0, 1-b:1.8.e, 01-00:01.08.00.FF, 1-0:1.8.0*198, 01-00:B2.08.00*FF.</summary>
internal static class Obis
{
    private const int None = int.MaxValue;

    /// <summary>
    /// How much a register is preferred as the one to bill; lower is better. Energy at the vehicle's end of the cable (B1, B3) before energy
    /// at the meter (B0, B2, 1.8.x); OCMF 1.4, table "OBIS codes". Registers of export and of anything else are not billed.
    /// </summary>
    public static int Rank(string? code) => Group(code) switch
    {
        "B1" => 0,
        "B3" => 1,
        "B2" => 2,
        "B0" => 3,
        "1" => 4,
        _ => None,
    };

    /// <summary>Whether a charging session can be billed by it.</summary>
    public static bool IsImport(string? code) => Rank(code) != None;

    /// <summary>Registers of energy fed back: known, never billed.</summary>
    public static bool IsExport(string? code) => Group(code) is "2" or "C0" or "C1" or "C2" or "C3";

    /// <summary>The value group C of an active energy register; "" for others. 1.17.0 is EDL40's signed import, 128.8.0 PCDF's transaction energy.</summary>
    private static string Group(string? code)
    {
        if (code is null)
        {
            return "";
        }

        var from = code.IndexOf(':', StringComparison.Ordinal) + 1;
        var parts = code[from..].Split('.', '*');
        if (parts.Length < 2 || parts.Length > 4)
        {
            return "";
        }

        var (c, d) = (Bare(parts[0]), Bare(parts[1]));
        return (c, d) switch
        {
            ("1", "17") or ("128", "8") => "1",
            (_, "8") => c,
            _ => "",
        };
    }

    private static string Bare(string part) => part.TrimStart('0').ToUpperInvariant() is { Length: > 0 } bare ? bare : "0";
}
