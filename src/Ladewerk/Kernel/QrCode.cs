using QRCoder;

namespace Ladewerk.Kernel;

/// <summary>An address as a printed QR code.</summary>
/// <param name="Svg">The drawing.</param>
/// <param name="Shown">The address for people who type.</param>
public sealed record QrCode(string Svg, string Shown)
{
    private const int PixelsPerModule = 4;

    /// <summary>The code of an absolute address; it stays readable when a quarter of it is scratched.</summary>
    public static QrCode Of(string address)
    {
        using var code = QRCodeGenerator.GenerateQrCode(address, QRCodeGenerator.ECCLevel.Q);
        using var drawing = new SvgQRCode(code);
        return new QrCode(
            drawing.GetGraphic(PixelsPerModule, "#000000", "#ffffff", drawQuietZones: true, SvgQRCode.SizingMode.ViewBoxAttribute), address[(address.IndexOf("://", StringComparison.Ordinal) + 3)..]);
    }
}
