using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Ladewerk.Kernel.Branding;

/// <summary>An operator's logo as it is stored and served.</summary>
/// <param name="ContentType">image/svg+xml, image/png or image/jpeg: what the bytes are, whatever the sender said.</param>
/// <param name="Content">At most <see cref="MostBytes"/>.</param>
/// <param name="Version">Another one for another picture.</param>
public sealed record Logo(string ContentType, byte[] Content, string Version)
{
    /// <summary>The largest file.</summary>
    public const int MostBytes = 200 * 1024;

    /// <summary>The most pixels along a side.</summary>
    public const int MostPixels = 4096;

    private const string SvgType = "image/svg+xml", PngType = "image/png", JpegType = "image/jpeg";

    /// <summary>A <c>data:</c> address, for documents that are one file.</summary>
    public string DataAddress => $"data:{ContentType};base64,{Convert.ToBase64String(Content)}";

    /// <summary>Whether mail programs show it: they know no SVG.</summary>
    public bool IsForMail => ContentType != SvgType;

    /// <summary>A file that somebody gives as a logo, told by its first bytes; an SVG is cleaned. Null where it is none.</summary>
    public static Logo? Read(byte[] file)
    {
        if (file.Length is 0 or > MostBytes)
        {
            return null;
        }

        if (PngSize(file) is { } png)
        {
            return Fits(png) ? Of(PngType, file) : null;
        }

        if (file is [0xFF, 0xD8, 0xFF, ..])
        {
            return JpegSize(file) is { } jpeg && Fits(jpeg) ? Of(JpegType, file) : null;
        }

        return SafeSvg.Clean(file) is { } svg ? Of(SvgType, svg) : null;
    }

    /// <summary>One as it was stored.</summary>
    internal static Logo? Stored(string? type, byte[]? content) => (type, content) switch
    {
        (SvgType, not null) => SafeSvg.Clean(content) is { } svg ? Of(SvgType, svg) : null,
        (PngType or JpegType, not null) => Of(type, content),
        _ => null,
    };

    private static Logo Of(string type, byte[] content) => new(type, content, Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 6)));

    private static bool Fits((int Width, int Height) size) => size is { Width: > 0 and <= MostPixels, Height: > 0 and <= MostPixels };

    // PNG (ISO/IEC 15948) §5.2 and §11.2.1: the signature, then the chunk IHDR with width and height.
    private static (int Width, int Height)? PngSize(ReadOnlySpan<byte> file) =>
        file.Length >= 33 && file is [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, ..] && file[12..16].SequenceEqual("IHDR"u8)
            ? (BinaryPrimitives.ReadInt32BigEndian(file[16..]), BinaryPrimitives.ReadInt32BigEndian(file[20..]))
            : null;

    // ITU-T T.81 §B.1.1.3 and §B.2.2: segments by length, till a start of frame says height and width.
    private static (int Width, int Height)? JpegSize(ReadOnlySpan<byte> file)
    {
        for (var at = 2; at + 9 <= file.Length && file[at] == 0xFF;)
        {
            var marker = file[at + 1];
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                return (BinaryPrimitives.ReadUInt16BigEndian(file[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]));
            }

            at += marker == 0xFF ? 1 : 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }

        return null;
    }
}
