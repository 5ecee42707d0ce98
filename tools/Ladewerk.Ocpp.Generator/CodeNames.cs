using System.Text;

namespace Ladewerk.Ocpp.Generator;

internal static class CodeNames
{
    public static string Pascal(string wire) => char.ToUpperInvariant(wire[0]) + wire[1..];

    /// <summary>The name that the camel case policy gives back for a property.</summary>
    public static string Camel(string property) => char.ToLowerInvariant(property[0]) + property[1..];

    /// <summary>An identifier for an enum value: <c>Energy.Active.Import.Register</c>, <c>L1-N</c>, <c>kWh</c>.</summary>
    public static string Member(string wire)
    {
        var text = new StringBuilder(wire.Length + 1);
        var start = true;
        foreach (var c in wire)
        {
            if (!char.IsAsciiLetterOrDigit(c))
            {
                start = true;
                continue;
            }

            text.Append(start ? char.ToUpperInvariant(c) : c);
            start = false;
        }

        return char.IsAsciiDigit(text[0]) ? "N" + text : text.ToString();
    }

    /// <summary><c>GenericStatusEnumType</c> is <c>GenericStatus</c>, <c>FirmwareType</c> is <c>Firmware</c>.</summary>
    public static string Definition(string name)
    {
        foreach (var suffix in (string[])["EnumType", "Type"])
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal))
            {
                return name[..^suffix.Length];
            }
        }

        return name;
    }
}
