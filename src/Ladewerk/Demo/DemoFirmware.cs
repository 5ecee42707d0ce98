using System.Text;
using Ladewerk.Kernel;
using Ladewerk.Stations.Firmware;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Demo;

/// <summary>Two firmware versions to try campaigns with: one that works, and one that the simulator fails to install.</summary>
internal sealed class DemoFirmware(LadewerkDb db, SaveFirmware save)
{
    private static readonly (string Version, string? Fault, string Notes)[] Images =
    [
        ("1.5.0", null, "Schnelleres Laden nach dem Anstecken, neue Displaytexte. / Faster start after plug-in, new texts on the display."),
        ("1.6.0-rc1", "install", "Vorabversion: lässt sich nicht installieren. Damit hält eine Kampagne von selbst an. / Pre-release that fails to install: a campaign with it stops by itself."),
    ];

    /// <summary>Adds them once; what an operator took out stays out.</summary>
    public async Task Run(CancellationToken ct)
    {
        if (await db.Set<FirmwareImage>().AnyAsync(ct))
        {
            return;
        }

        foreach (var (version, fault, notes) in Images)
        {
            var (made, faults) = await save.Create(new NewFirmware(DemoPlaces.Vendor, version, ReleaseNotes: notes), ct);
            using var image = new MemoryStream(Image(version, fault));
            if (made is null || (await save.Upload(made, image, $"ladewerk-demo-{version}.bin", ct)).Any)
            {
                throw new InvalidOperationException($"The firmware {version} was not stored: {string.Join(", ", faults.Errors.Keys)}.");
            }
        }
    }

    /// <summary>The simulator reads the first line; the rest is there to be fetched.</summary>
    private static byte[] Image(string version, string? fault)
    {
        var image = new byte[256 * 1024];
        Encoding.ASCII.GetBytes($"LADEWERK-FIRMWARE version={version}{(fault is null ? "" : $" fault={fault}")}\n", image);
        return image;
    }
}
