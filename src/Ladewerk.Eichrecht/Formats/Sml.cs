using System.Buffers.Binary;

namespace Ladewerk.Eichrecht.Formats;

/// <summary>EDL40 meters that send SML (FNN): the signed bytes are put together from the list, then checked; and ISA's EDL40-P, which signs two readings at once.</summary>
internal static class Sml
{
    private const string CustomerId = "8182815401FF";
    private const string EdlRegister = "0100011100FF"; // 1-0:1.17.0*255, signed consumption
    private const string Page = "8180817101FF";
    private const string SecondIndex = "810060080001";
    private const string IsaNow = "0100010800FF";
    private const string IsaStart = "010001080080";
    private const string IsaPage = "8180C7F040FF";
    private const string IsaStation = "8180816101FF";
    private const string IsaList = "81808162";
    private static readonly string[] MoreRegisters = ["010001110064", "0100011100C8", "00AF6C6C72FF", "00AF647572FF", "00AF707263FF"];

    public static VerifiedValue Verify(byte[] bytes, SignedValue source, MeterKey? key)
    {
        if (SmlFile.Read(bytes) is not { } messages)
        {
            return Verifier.Failed(source, "EDL40", Reason.Checksum);
        }

        // 0x0701 is GetList.Res: client, server, list name, time, values, signature.
        foreach (var body in messages.Where(m => m[3][0].Number() == 0x701).Select(m => m[3][1]))
        {
            var entries = new Dictionary<string, SmlNode>(StringComparer.Ordinal);
            foreach (var entry in body[4].Items)
            {
                entries.TryAdd(Convert.ToHexString(entry[0].Bytes), entry);
            }

            var name = Convert.ToHexString(body[2].Bytes);
            return name.StartsWith(IsaList, StringComparison.Ordinal) ? Isa(body, entries, name, source, key) : Edl(body, entries, source, key);
        }

        return Verifier.Failed(source, "EDL40", Reason.Malformed);
    }

    /// <summary>Signature r||s, of the length that the key's curve gives; what follows are the two bytes of the log.</summary>
    internal static VerifiedValue Check(VerifiedValue value, byte[]? signed, byte[] signature, MeterKey? key)
    {
        if (signed is null)
        {
            return value.Refused(Reason.Malformed);
        }

        if (key is null)
        {
            return value with { Signature = SignatureState.UnknownKey, Reasons = [Reason.NoKey] };
        }

        value = value with { Key = key };
        if (key.Curve != MeterCurve.Secp192r1 && key.Curve != MeterCurve.Secp256r1)
        {
            return value.Refused(Reason.CurveMismatch);
        }

        var length = key.Curve.Bytes * 2;
        if (signature.Length != length && signature.Length != length + 2)
        {
            return value.Refused(Reason.SignatureForm);
        }

        return key.Verify(signed, signature.AsSpan(0, length)) ? value with { Signature = SignatureState.Valid } : value.Refused(Reason.Signature);
    }

    private static VerifiedValue Edl(SmlNode body, Dictionary<string, SmlNode> entries, SignedValue source, MeterKey? key)
    {
        var signature = body[5].Bytes;
        if (!entries.TryGetValue(EdlRegister, out var register) || !entries.TryGetValue(CustomerId, out var customer)
            || signature.Length < 50 || body[1].Bytes.Length != 10 || Seconds(register[2]) is not { } at || Seconds(customer[2]) is not { } customerAt
            || register[5].Number() is not { } reading || register[4].Number() is not { } scaler || register[3].Number() is not { } unit
            || entries.GetValueOrDefault(Page, SmlNode.Nothing)[5].Number() is not { } page
            || entries.GetValueOrDefault(SecondIndex, SmlNode.Nothing)[5][1][1].Number() is not { } index)
        {
            return Verifier.Failed(source, "EDL40", Reason.Malformed);
        }

        var data = new EdlData
        {
            ServerId = body[1].Bytes,
            LocalSeconds = at.Local,
            Status = Status(register[1].Number() ?? 0),
            SecondIndex = index,
            Page = page,
            Obis = register[0].Bytes,
            Unit = unchecked((byte)unit),
            Scaler = unchecked((sbyte)scaler),
            Value = reading,
            Log = signature[^2..],
            Customer = customer[5].Bytes,
            CustomerLocalSeconds = customerAt.Local,
            More = [.. MoreRegisters.Where(entries.ContainsKey).Select(name => entries[name][5].Number() ?? 0)],
        };
        var value = data.Describe(source, "EDL40", at.Offset, KindOf(source));
        return Check(value with { Readings = [AtVehicle(entries, at, KindOf(source)) ?? value.Readings[0]] }, data.Bytes(), signature, key);
    }

    /// <summary>Where the meter takes off the loss of the cable, the register behind it (1-0:1.17.0*100) is the one that is billed; it is signed too.</summary>
    private static MeterReading? AtVehicle(Dictionary<string, SmlNode> entries, (long Local, TimeSpan? Offset) at, ReadingKind kind) =>
        entries.TryGetValue(MoreRegisters[0], out var register) && register[5].Number() is { } value ? Reading(register, at, value, kind) : null;

    /// <summary>One record with the reading at the beginning and the reading now. List name 81 80 81 62 nn FF: 00 begin, 01 between, 02 end.</summary>
    private static VerifiedValue Isa(SmlNode body, Dictionary<string, SmlNode> entries, string name, SignedValue source, MeterKey? key)
    {
        var signature = body[5].Bytes;
        if (!entries.TryGetValue(IsaNow, out var now) || !entries.TryGetValue(IsaStart, out var start) || !entries.TryGetValue(CustomerId, out var customer)
            || !entries.TryGetValue(IsaStation, out var station) || Seconds(now[2]) is not { } nowAt || Seconds(start[2]) is not { } startAt
            || now[5].Number() is not { } nowValue || start[5].Number() is not { } startValue || signature.Length != 66 || body[1].Bytes.Length != 10 || now[6].Bytes.Length != 66
            || station[5].Bytes.Length != 20 || customer[5].Bytes.Length > 128 || entries.GetValueOrDefault(IsaPage, SmlNode.Nothing)[5].Number() is not { } page)
        {
            return Verifier.Failed(source, "ISA-EDL40", Reason.Malformed);
        }

        var bytes = new byte[EdlData.Length];
        body[1].Bytes.CopyTo(bytes, 0);
        Put(bytes.AsSpan(10), nowAt.Local, now, nowValue);
        signature.AsSpan(64).CopyTo(bytes.AsSpan(31));
        now[6].Bytes.CopyTo(bytes, 33);
        customer[5].Bytes.CopyTo(bytes, 99);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(227), unchecked((uint)startAt.Local));
        station[5].Bytes.CopyTo(bytes, 231);
        PutRegister(bytes.AsSpan(251), start, startValue);
        body[2].Bytes.CopyTo(bytes, 268);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(274), unchecked((uint)page));
        var value = new VerifiedValue
        {
            Source = source,
            Format = "ISA-EDL40",
            Signature = SignatureState.UnknownKey,
            MeterSerial = Convert.ToHexString(body[1].Bytes),
            Page = new Pagination("", page),
            Identification = new Identification(null, null, [], null, Convert.ToHexString(EdlData.Trimmed(customer[5].Bytes))),
            Readings =
            [
                Reading(start, startAt, startValue, ReadingKind.Begin),
                Reading(now, nowAt, nowValue, name == "8180816202FF" ? ReadingKind.End : ReadingKind.Between),
            ],
        };
        return Check(value, bytes, signature, key);
    }

    private static MeterReading Reading(SmlNode register, (long Local, TimeSpan? Offset) at, long value, ReadingKind kind) =>
        EdlData.Reading(at.Local, at.Offset, register[0].Bytes, unchecked((byte)(register[3].Number() ?? 0)), unchecked((sbyte)(register[4].Number() ?? 0)), value, kind);

    private static void Put(Span<byte> to, long seconds, SmlNode register, long value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to, unchecked((uint)seconds));
        PutRegister(to[4..], register, value);
    }

    private static void PutRegister(Span<byte> to, SmlNode register, long value)
    {
        to[0] = unchecked((byte)(register[1].Number() ?? 0));
        register[0].Bytes.CopyTo(to[1..]);
        to[7] = unchecked((byte)(register[3].Number() ?? 0));
        to[8] = unchecked((byte)(register[4].Number() ?? 0));
        BinaryPrimitives.WriteInt64LittleEndian(to[9..], value);
    }

    /// <summary>The signed byte is the lowest of the status; meters with the 32-bit status word of FNN (lowest byte 04) sign its bits 8 and 31 as 3 and 7.</summary>
    private static byte Status(long status) => status > 0xFF && (status & 0xFF) == 4
        ? (byte)((((status >> 8) & 1) << 3) | (((status >> 31) & 1) << 7))
        : (byte)(status & 0xFF);

    /// <summary>Seconds of the meter's own clock: a time stamp (2), or one with its offsets in minutes (3).</summary>
    private static (long Local, TimeSpan? Offset)? Seconds(SmlNode time)
    {
        if (time[1].Number() is { } plain)
        {
            return (plain, null);
        }

        if (time[1] is not { IsList: true } local || local[0].Number() is not { } utc || local[1].Number() is not { } zone || local[2].Number() is not { } summer)
        {
            return null;
        }

        var offset = TimeSpan.FromMinutes(zone + summer);
        return (utc + (long)offset.TotalSeconds, offset);
    }

    internal static ReadingKind KindOf(SignedValue source) => source.Context switch
    {
        { } context when context.StartsWith("Transaction.Begin", StringComparison.OrdinalIgnoreCase) => ReadingKind.Begin,
        { } context when context.StartsWith("Transaction.End", StringComparison.OrdinalIgnoreCase) => ReadingKind.End,
        _ => ReadingKind.Unknown,
    };
}
