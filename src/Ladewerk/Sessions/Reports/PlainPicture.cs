using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Ladewerk.Sessions.Reports;

/// <summary>
/// A photo with nothing in it but the picture: where and with what it was taken (EXIF, XMP, comments, previews) is left out.
/// JPEG by its segments (ITU-T T.81 annex B), PNG by its chunks (PNG 1.2 §3); what is neither is refused.
/// </summary>
internal static class PlainPicture
{
    /// <summary>The largest photo taken, in bytes.</summary>
    public const int MaxBytes = 8 << 20;

    private static ReadOnlySpan<byte> PngSignature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The picture and its type; false where it is no JPEG or PNG, or broken.</summary>
    public static bool TryRead(ReadOnlySpan<byte> file, [NotNullWhen(true)] out byte[]? picture, [NotNullWhen(true)] out string? type)
    {
        (picture, type) = file.StartsWith(PngSignature) ? (Png(file), "image/png") : file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? (Jpeg(file), "image/jpeg") : (null, null);
        type = picture is null ? null : type;
        return picture is not null && type is not null;
    }

    private static byte[]? Jpeg(ReadOnlySpan<byte> file)
    {
        using var plain = new MemoryStream(file.Length);
        plain.Write(file[..2]);
        for (var at = 2; at + 4 <= file.Length;)
        {
            if (file[at] != 0xFF)
            {
                return null;
            }

            var marker = file[at + 1];
            var length = 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 4 || at + length > file.Length)
            {
                return null;
            }

            if (marker == 0xDA)
            {
                // Start of scan: entropy-coded data to the end marker; what stands behind it is no part of the picture.
                var end = file.LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]);
                if (end < at)
                {
                    return null;
                }

                plain.Write(file[at..(end + 2)]);
                return plain.ToArray();
            }

            // APP0 says how to read the pixels, APP14 which colours (Adobe); every other APPn and comments tell of the person.
            if (marker is not ((>= 0xE1 and <= 0xED) or 0xEF or 0xFE))
            {
                plain.Write(file.Slice(at, length));
            }

            at += length;
        }

        return null;
    }

    private static byte[]? Png(ReadOnlySpan<byte> file)
    {
        using var plain = new MemoryStream(file.Length);
        plain.Write(file[..8]);
        for (var at = 8; at + 12 <= file.Length;)
        {
            var data = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (data > int.MaxValue - 12 || at + 12 + (long)data > file.Length)
            {
                return null;
            }

            var chunk = file.Slice(at, 12 + (int)data);
            var name = chunk.Slice(4, 4);
            if (name.SequenceEqual("IHDR"u8) || name.SequenceEqual("PLTE"u8) || name.SequenceEqual("IDAT"u8) || name.SequenceEqual("tRNS"u8) || name.SequenceEqual("IEND"u8))
            {
                plain.Write(chunk);
            }

            if (name.SequenceEqual("IEND"u8))
            {
                return plain.ToArray();
            }

            at += chunk.Length;
        }

        return null;
    }
}
