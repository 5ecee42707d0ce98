using System.Buffers.Binary;
using System.Globalization;

namespace Ladewerk.Eichrecht.Formats;

/// <summary>The 320 bytes that an EDL40 meter signs ("extended signature"): numbers little-endian, the rest filled with zeros.</summary>
internal sealed record EdlData
{
    public const int Length = 320;

    public required byte[] ServerId { get; init; }

    /// <summary>Local time of the meter in seconds since 1970.</summary>
    public required long LocalSeconds { get; init; }
    public required byte Status { get; init; }
    public required long SecondIndex { get; init; }
    public required long Page { get; init; }
    public required byte[] Obis { get; init; }
    public required byte Unit { get; init; }
    public required sbyte Scaler { get; init; }
    public required long Value { get; init; }

    /// <summary>Two bytes: the meter's event log index.</summary>
    public required byte[] Log { get; init; }
    public required byte[] Customer { get; init; }
    public required long CustomerLocalSeconds { get; init; }

    /// <summary>Further registers that newer meters sign behind it.</summary>
    public IReadOnlyList<long> More { get; init; } = [];

    public byte[]? Bytes()
    {
        if (ServerId.Length != 10 || Obis.Length != 6 || Log.Length != 2 || Customer.Length > 128 || More.Count > 18)
        {
            return null;
        }

        var bytes = new byte[Length];
        ServerId.CopyTo(bytes, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(10), unchecked((uint)LocalSeconds));
        bytes[14] = Status;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(15), unchecked((uint)SecondIndex));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(19), unchecked((uint)Page));
        Obis.CopyTo(bytes, 23);
        bytes[29] = Unit;
        bytes[30] = unchecked((byte)Scaler);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(31), Value);
        Log.CopyTo(bytes, 39);
        Customer.CopyTo(bytes, 41);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(169), unchecked((uint)CustomerLocalSeconds));
        for (var i = 0; i < More.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(173 + (8 * i)), More[i]);
        }

        return bytes;
    }

    /// <summary>The same from its bytes.</summary>
    public static EdlData? Read(byte[] bytes) => bytes.Length != Length ? null : new EdlData
    {
        ServerId = bytes[..10],
        LocalSeconds = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(10)),
        Status = bytes[14],
        SecondIndex = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(15)),
        Page = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(19)),
        Obis = bytes[23..29],
        Unit = bytes[29],
        Scaler = unchecked((sbyte)bytes[30]),
        Value = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(31)),
        Log = bytes[39..41],
        Customer = bytes[41..169],
        CustomerLocalSeconds = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(169)),
    };

    /// <summary>What is shown of it.</summary>
    /// <param name="source">Of it.</param>
    /// <param name="format">EDL40 or Mennekes.</param>
    /// <param name="offset">The meter's difference to UTC, where it is known.</param>
    /// <param name="kind">What the reading stands for.</param>
    public VerifiedValue Describe(SignedValue source, string format, TimeSpan? offset, ReadingKind kind) => new()
    {
        Source = source,
        Format = format,
        Signature = SignatureState.UnknownKey,
        MeterSerial = Convert.ToHexString(ServerId),
        Page = new Pagination("", Page),
        Identification = new Identification(null, null, [], null, Convert.ToHexString(Trimmed(Customer))),
        Readings = [Reading(LocalSeconds, offset, Obis, Unit, Scaler, Value, kind)],
    };

    internal static MeterReading Reading(long localSeconds, TimeSpan? offset, byte[] obis, byte unit, sbyte scaler, long value, ReadingKind kind)
    {
        var number = Scaled(value, scaler);
        return new MeterReading
        {
            Kind = kind,
            At = new DateTimeOffset(DateTimeOffset.FromUnixTimeSeconds(localSeconds).Ticks, Whole(offset)),
            Clock = ClockState.Informative,
            Value = number,
            ValueText = number?.ToString(CultureInfo.InvariantCulture) ?? "",
            Unit = unit == 30 ? "Wh" : null, // DLMS unit 30: active energy
            Obis = string.Create(CultureInfo.InvariantCulture, $"{obis[0]}-{obis[1]}:{obis[2]}.{obis[3]}.{obis[4]}*{obis[5]}"),
            Status = "G",
        };
    }

    internal static byte[] Trimmed(byte[] bytes) => bytes[..(Array.FindLastIndex(bytes, b => b != 0) + 1)];

    internal static decimal? Scaled(long value, sbyte scaler)
    {
        if (scaler is < -9 or > 9)
        {
            return null;
        }

        decimal number = value;
        for (var i = 0; i < Math.Abs(scaler); i++)
        {
            number = scaler < 0 ? number / 10 : number * 10;
        }

        return number;
    }

    private static TimeSpan Whole(TimeSpan? offset) => offset is { } o && o.Duration() <= TimeSpan.FromHours(14) ? TimeSpan.FromMinutes((long)o.TotalMinutes) : TimeSpan.Zero;
}
