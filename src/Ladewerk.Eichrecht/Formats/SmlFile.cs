using System.Buffers.Binary;

namespace Ladewerk.Eichrecht.Formats;

/// <summary>An element of SML (BSI TR-03109-1, annex IV): a list, or bytes with a type.</summary>
/// <param name="Type">0 octet string, 4 boolean, 5 integer, 6 unsigned, 7 list.</param>
internal sealed record SmlNode(int Type, byte[] Bytes, IReadOnlyList<SmlNode> Items)
{
    public bool IsList => Type == 7;

    /// <summary>The n-th item; an empty element where there is none.</summary>
    public SmlNode this[int index] => index < Items.Count ? Items[index] : Nothing;

    public static SmlNode Nothing { get; } = new(0, [], []);

    /// <summary>As a number of up to eight bytes.</summary>
    public long? Number()
    {
        if (Type is not (5 or 6) || Bytes.Length is 0 or > 8)
        {
            return null;
        }

        Span<byte> full = stackalloc byte[8];
        full.Fill(Type == 5 && Bytes[0] >= 0x80 ? (byte)0xFF : (byte)0);
        Bytes.CopyTo(full[(8 - Bytes.Length)..]);
        return BinaryPrimitives.ReadInt64BigEndian(full);
    }
}

/// <summary>An SML file in transport version 1: escape sequences, messages, check sums.</summary>
internal static class SmlFile
{
    private const int MaxDepth = 12;
    private static readonly byte[] Start = [0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1];

    public static bool LooksLike(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Start);

    /// <summary>The messages; null where the file is damaged. Everything is under a check sum, so that no changed byte goes unseen.</summary>
    public static IReadOnlyList<SmlNode>? Read(byte[] bytes)
    {
        // ... 1b1b1b1b 1a <padding> <crc low> <crc high>
        if (!LooksLike(bytes) || bytes.Length < 24 || bytes[^4] is not 0x1A || bytes[^3] > 3 || !bytes.AsSpan(bytes.Length - 8, 4).SequenceEqual(Start.AsSpan(0, 4))
            || Crc(bytes.AsSpan(0, bytes.Length - 2)) != BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(bytes.Length - 2)))
        {
            return null;
        }

        var body = bytes.AsSpan(0, bytes.Length - 8);
        var messages = new List<SmlNode>();
        var at = Start.Length;
        while (at < body.Length)
        {
            if (body[at] == 0)
            {
                at++; // padding
                continue;
            }

            var from = at;
            if (Node(body, ref at, 0) is not { IsList: true, Items.Count: 6 } message || !IsIntact(body[from..at], message))
            {
                return null;
            }

            messages.Add(message);
        }

        return messages;
    }

    /// <summary>The check sum stands before the end mark; meters write it in either byte order.</summary>
    private static bool IsIntact(ReadOnlySpan<byte> message, SmlNode node)
    {
        var sum = node[4].Number() ?? -1;
        var crc = Crc(message[..(message.Length - 1 - (node[4].Bytes.Length + 1))]);
        return sum == crc || sum == BinaryPrimitives.ReverseEndianness(crc);
    }

    private static SmlNode? Node(ReadOnlySpan<byte> bytes, ref int at, int depth)
    {
        if (at >= bytes.Length || depth > MaxDepth)
        {
            return null;
        }

        var first = bytes[at++];
        var type = (first >> 4) & 7;
        var length = first & 15;
        var header = 1;
        for (var more = first; (more & 0x80) != 0;)
        {
            if (at >= bytes.Length || header > 3)
            {
                return null;
            }

            more = bytes[at++];
            length = (length << 4) | (more & 15);
            header++;
        }

        if (type == 7)
        {
            var items = new List<SmlNode>();
            for (var i = 0; i < length; i++)
            {
                if (Node(bytes, ref at, depth + 1) is not { } item)
                {
                    return null;
                }

                items.Add(item);
            }

            return new SmlNode(7, [], items);
        }

        if (first == 0)
        {
            return SmlNode.Nothing; // end of message
        }

        var content = length - header;
        if (content < 0 || at + content > bytes.Length)
        {
            return null;
        }

        at += content;
        return new SmlNode(type, bytes.Slice(at - content, content).ToArray(), []);
    }

    /// <summary>CRC-16 of ISO/IEC 13239 (X.25).</summary>
    internal static ushort Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFF;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var i = 0; i < 8; i++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x8408 : crc >> 1;
            }
        }

        return (ushort)(crc ^ 0xFFFF);
    }
}
