using System.Text;

namespace Ladewerk.Ocpp;

/// <summary>
/// Rewrites the bytes of a frame that is not quite JSON, in one pass: byte order mark, NUL, raw control characters in
/// strings, broken escapes, trailing commas, bytes after the end. What cannot be repaired is left for the parser to refuse.
/// </summary>
internal ref struct FrameRepair
{
    private readonly ReadOnlySpan<byte> input;
    private readonly byte[] output;
    private int length;
    private int lastSignificant;
    private int depth;
    private Leniency used;

    private FrameRepair(ReadOnlySpan<byte> input)
    {
        this.input = input;
        // The longest replacement is six bytes for six, or two for one.
        output = new byte[input.Length * 2];
        lastSignificant = -1;
    }

    public static ReadOnlyMemory<byte> Repair(ReadOnlySpan<byte> utf8, out Leniency used)
    {
        used = Leniency.None;
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
        {
            used |= Leniency.ByteOrderMark;
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        }

        if (!System.Text.Unicode.Utf8.IsValid(utf8))
        {
            used |= Leniency.BadText;
            utf8 = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8));
        }

        var repair = new FrameRepair(utf8);
        repair.Run();
        used |= repair.used;
        return repair.output.AsMemory(0, repair.length);
    }

    /// <summary>Whether there is a <c>\u0000</c> or a lone surrogate, which no database takes.</summary>
    public static bool HasBadEscape(ReadOnlySpan<byte> utf8)
    {
        for (var i = utf8.IndexOf((byte)'\\'); i >= 0 && i + 1 < utf8.Length;)
        {
            var size = 2;
            if (utf8[i + 1] == 'u' && (size = UnicodeEscape(utf8[i..], out var bad)) >= 0 && bad)
            {
                return true;
            }

            i += Math.Max(size, 2);
            var next = i < utf8.Length ? utf8[i..].IndexOf((byte)'\\') : -1;
            i = next < 0 ? -1 : i + next;
        }

        return false;
    }

    private void Run()
    {
        for (var i = 0; i < input.Length;)
        {
            var c = input[i];
            if (c == '"')
            {
                i = CopyString(i);
                continue;
            }

            i++;
            if (c is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                output[length++] = c;
            }
            else if (c < ' ')
            {
                used |= c == 0 ? Leniency.NulBytes : Leniency.ControlCharacters;
            }
            else if (!CopyStructure(c))
            {
                NoteTrailing(input[i..]);
                return;
            }
        }
    }

    // False at the end of the outermost array or object.
    private bool CopyStructure(byte c)
    {
        if (c is (byte)']' or (byte)'}')
        {
            depth--;
            if (lastSignificant >= 0 && output[lastSignificant] == ',')
            {
                used |= Leniency.TrailingComma;
                length = lastSignificant;
            }
        }
        else if (c is (byte)'[' or (byte)'{')
        {
            depth++;
        }

        lastSignificant = length;
        output[length++] = c;
        return depth > 0 || c is not ((byte)']' or (byte)'}');
    }

    private void NoteTrailing(ReadOnlySpan<byte> rest)
    {
        if (rest.Contains((byte)0))
        {
            used |= Leniency.NulBytes;
        }

        if (rest.IndexOfAnyExcept(" \t\r\n\0"u8) >= 0)
        {
            used |= Leniency.TrailingData;
        }
    }

    private int CopyString(int start)
    {
        output[length++] = (byte)'"';
        lastSignificant = length - 1;
        for (var i = start + 1; i < input.Length;)
        {
            var c = input[i];
            if (c == '"')
            {
                lastSignificant = length;
                output[length++] = c;
                return i + 1;
            }

            if (c == '\\')
            {
                i += CopyEscape(input[i..]);
                continue;
            }

            if (c < ' ')
            {
                CopyControl(c);
            }
            else
            {
                output[length++] = c;
            }

            i++;
        }

        return input.Length;
    }

    private void CopyControl(byte c)
    {
        used |= c == 0 ? Leniency.NulBytes : Leniency.ControlCharacters;
        var escape = c switch
        {
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            _ => (byte)0,
        };
        if (escape != 0)
        {
            output[length++] = (byte)'\\';
            output[length++] = escape;
        }
    }

    private int CopyEscape(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 2)
        {
            used |= Leniency.BadText;
            return 1;
        }

        if (rest[1] == 'u')
        {
            return CopyUnicodeEscape(rest);
        }

        if ("\"\\/bfnrt"u8.Contains(rest[1]))
        {
            Append(rest[..2]);
            return 2;
        }

        // An unknown escape: the backslash meant itself, or nothing.
        used |= Leniency.BadText;
        Append("\\\\"u8);
        return 1;
    }

    private int CopyUnicodeEscape(ReadOnlySpan<byte> rest)
    {
        var size = UnicodeEscape(rest, out var bad);
        if (size < 0)
        {
            used |= Leniency.BadText;
            Append("\\\\"u8);
            return 1;
        }

        if (!bad)
        {
            Append(rest[..size]);
        }
        else if (rest[..6].EndsWith("0000"u8))
        {
            used |= Leniency.NulBytes;
        }
        else
        {
            used |= Leniency.BadText;
            Append("\\ufffd"u8);
        }

        return size;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(output.AsSpan(length));
        length += bytes.Length;
    }

    // Size of a \u escape (12 for a surrogate pair), or -1 where its digits are missing; bad: NUL or a lone surrogate.
    private static int UnicodeEscape(ReadOnlySpan<byte> rest, out bool bad)
    {
        bad = false;
        if (!Hex(rest, out var unit))
        {
            return -1;
        }

        if (char.IsHighSurrogate(unit) && rest.Length >= 12 && rest[6] == '\\' && rest[7] == 'u'
            && Hex(rest[6..], out var low) && char.IsLowSurrogate(low))
        {
            return 12;
        }

        bad = unit == 0 || char.IsSurrogate(unit);
        return 6;
    }

    private static bool Hex(ReadOnlySpan<byte> escape, out char unit)
    {
        unit = '\0';
        if (escape.Length < 6 || !ushort.TryParse(escape[2..6], System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        unit = (char)value;
        return true;
    }
}
