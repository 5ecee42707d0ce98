using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Ladewerk.Kernel.Branding;

namespace Ladewerk.DriverApp;

/// <summary>
/// The app's icon: a bolt on the operator's colour, with room around it for whatever shape a phone cuts (all of it lies within the safe zone
/// of a maskable icon). Drawn here, because the colour is known only here: as SVG, and as PNG for those who take no SVG.
/// </summary>
internal static class AppIcon
{
    /// <summary>Edges in dots that are served as PNG.</summary>
    public static readonly IReadOnlyList<int> Sizes = [180, 192, 512];

    /// <summary>Those that the manifest names.</summary>
    public static readonly IReadOnlyList<int> InManifest = [192, 512];

    private const int Edge = 512, BadgeEdge = 96;

    // Steps between ground and bolt along the bolt's edge; lines within a row of dots over which they are counted.
    private const int Steps = 64, Lines = 4;

    private static readonly (double X, double Y)[] Bolt = [(276, 104), (138, 288), (244, 288), (236, 408), (374, 224), (268, 224)];

    public static string Svg(Colour ground) =>
        $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512" width="512" height="512"><rect width="512" height="512" fill="{ground}"/><path d="M276 104 138 288h106l-8 120 138-184H268z" fill="{ground.Reads}"/></svg>""";

    /// <summary>The icon as PNG.</summary>
    /// <param name="size">Its edge in dots.</param>
    public static byte[] Png(int size, Colour ground)
    {
        var bolt = ground.Reads;
        var palette = new byte[(Steps + 1) * 3];
        for (var step = 0; step <= Steps; step++)
        {
            palette[step * 3] = Mixed(ground.Red, bolt.Red, step);
            palette[(step * 3) + 1] = Mixed(ground.Green, bolt.Green, step);
            palette[(step * 3) + 2] = Mixed(ground.Blue, bolt.Blue, step);
        }

        return Encode(size, palette, [], Draw(size, 0, Edge));
    }

    /// <summary>The bolt alone in white on nothing.</summary>
    public static byte[] Badge()
    {
        var (palette, alpha) = (new byte[(Steps + 1) * 3], new byte[Steps + 1]);
        Array.Fill(palette, byte.MaxValue);
        for (var step = 0; step <= Steps; step++)
        {
            alpha[step] = Mixed(0, 255, step);
        }

        return Encode(BadgeEdge, palette, alpha, Draw(BadgeEdge, 88, Edge - 88));
    }

    private static byte Mixed(double from, double to, int step) => (byte)Math.Clamp(Math.Round(from + ((to - from) * step / Steps)), 0, 255);

    /// <summary>For each dot of the square from <paramref name="from"/> to <paramref name="to"/>: how much of it the bolt covers, 0 to <see cref="Steps"/>; each row begins with PNG's "no filter".</summary>
    private static byte[] Draw(int size, double from, double to)
    {
        var scale = size / (to - from);
        var picture = new byte[size * (size + 1)];
        var row = new double[size];
        for (var y = 0; y < size; y++)
        {
            Array.Clear(row);
            for (var line = 0; line < Lines; line++)
            {
                var cuts = Cuts(from + ((y + ((line + 0.5) / Lines)) / scale));
                for (var i = 0; i + 1 < cuts.Length; i += 2)
                {
                    Fill(row, (cuts[i] - from) * scale, (cuts[i + 1] - from) * scale);
                }
            }

            for (var x = 0; x < size; x++)
            {
                picture[(y * (size + 1)) + 1 + x] = (byte)Math.Round(Math.Min(1, row[x] / Lines) * Steps);
            }
        }

        return picture;
    }

    /// <summary>Where a level line cuts the bolt's outline, from left to right.</summary>
    private static double[] Cuts(double y) =>
    [
        .. Bolt.Select((a, i) => (A: a, B: Bolt[(i + 1) % Bolt.Length])).Where(e => e.A.Y <= y != e.B.Y <= y)
            .Select(e => e.A.X + ((y - e.A.Y) / (e.B.Y - e.A.Y) * (e.B.X - e.A.X))).Order(),
    ];

    private static void Fill(double[] row, double left, double right)
    {
        for (var x = Math.Max(0, (int)left); x < row.Length && x < right; x++)
        {
            row[x] += Math.Min(right, x + 1) - Math.Max(left, x);
        }
    }

    /// <summary>PNG (ISO/IEC 15948) with a palette, eight bits a dot.</summary>
    private static byte[] Encode(int size, byte[] palette, byte[] alpha, byte[] rows)
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, size);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), size);
        (header[8], header[9]) = (8, 3);
        Chunk(file, "IHDR", header);
        Chunk(file, "PLTE", palette);
        if (alpha.Length > 0)
        {
            Chunk(file, "tRNS", alpha);
        }

        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        Chunk(file, "IDAT", packed.ToArray());
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    private static void Chunk(MemoryStream file, string name, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(name), .. data];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        file.Write(number);
    }

    private static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        return ~crc;
    }
}
