using System.Security.Cryptography.X509Certificates;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ladewerk.Stations.Firmware;

/// <summary>A firmware to enter; its image comes separately, or lies at <paramref name="Url"/>.</summary>
/// <param name="ModelPattern">A model, * for any text; absent: every model of the vendor.</param>
/// <param name="Sha256">Of an image that lies elsewhere.</param>
/// <param name="Signature">Base64.</param>
/// <param name="SigningCertificate">PEM.</param>
public sealed record NewFirmware(
    string Vendor, string Version, string? ModelPattern = null, string? ReleaseNotes = null, string? Url = null, string? Sha256 = null, string? Signature = null, string? SigningCertificate = null);

/// <summary>A change of a firmware; what is absent stays. A version is what it is: another version is another firmware.</summary>
public sealed record FirmwarePatch
{
    public string? Vendor { get; init; }
    public string? ModelPattern { get; init; }
    public Optional<string> ReleaseNotes { get; init; }
    public Optional<string> Url { get; init; }
    public Optional<string> Sha256 { get; init; }
    public Optional<string> Signature { get; init; }
    public Optional<string> SigningCertificate { get; init; }
}

/// <summary>Enters and changes firmware, and takes its image.</summary>
internal sealed class SaveFirmware(LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, FileStore store, IOptions<FilesOptions> options, TimeProvider time)
{
    public async Task<(FirmwareImage? Made, Faults Faults)> Create(NewFirmware wish, CancellationToken ct)
    {
        var firmware = new FirmwareImage
        {
            TenantId = tenant.Current, Vendor = wish.Vendor?.Trim() ?? "", ModelPattern = Text(wish.ModelPattern) ?? "*", Version = wish.Version?.Trim() ?? "", ReleaseNotes = Text(wish.ReleaseNotes),
            Url = Text(wish.Url), Sha256 = Text(wish.Sha256)?.ToLowerInvariant(), Signature = Text(wish.Signature), SigningCertificate = Text(wish.SigningCertificate),
            CreatedBy = actor.Name, CreatedAt = time.GetUtcNow(),
        };
        var faults = await Check(firmware, ct);
        if (faults.Any)
        {
            return (null, faults);
        }

        db.Add(firmware);
        audit.Record("firmware.created", "firmware", firmware.Id.Value.ToString(), after: FirmwareApi.View(firmware));
        await db.SaveChangesAsync(ct);
        return (firmware, faults);
    }

    public async Task<Faults> Patch(FirmwareImage firmware, FirmwarePatch patch, CancellationToken ct)
    {
        var before = FirmwareApi.View(firmware);
        firmware.Vendor = patch.Vendor?.Trim() ?? firmware.Vendor;
        firmware.ModelPattern = Text(patch.ModelPattern) ?? firmware.ModelPattern;
        firmware.ReleaseNotes = Text(patch.ReleaseNotes.Or(firmware.ReleaseNotes));
        firmware.Url = Text(patch.Url.Or(firmware.Url));
        firmware.Sha256 = firmware.StorageKey is null ? Text(patch.Sha256.Or(firmware.Sha256))?.ToLowerInvariant() : firmware.Sha256;
        firmware.Signature = Text(patch.Signature.Or(firmware.Signature));
        firmware.SigningCertificate = Text(patch.SigningCertificate.Or(firmware.SigningCertificate));
        var faults = await Check(firmware, ct);
        if (!faults.Any)
        {
            audit.Record("firmware.changed", "firmware", firmware.Id.Value.ToString(), before, FirmwareApi.View(firmware));
            await db.SaveChangesAsync(ct);
        }

        return faults;
    }

    /// <summary>Takes the image; one that is there is replaced, unless a station is fetching it.</summary>
    public async Task<Faults> Upload(FirmwareImage firmware, Stream content, string? name, CancellationToken ct)
    {
        var faults = new Faults();
        if (await db.Set<FirmwareUpdate>().AnyAsync(u => u.FirmwareId == firmware.Id && u.EndedAt == null, ct))
        {
            return faults.Add("file", "Stations are fetching this image just now.");
        }

        var stored = await store.Save(content, options.Value.MaxImageBytes, ct);
        if (stored is null or { Size: 0 })
        {
            if (stored is not null)
            {
                store.Delete(stored.Key);
            }

            return faults.Add("file", $"1 to {options.Value.MaxImageBytes} bytes.");
        }

        var former = firmware.StorageKey;
        (firmware.StorageKey, firmware.SizeBytes, firmware.Sha256, firmware.FileName) = (stored.Key, stored.Size, stored.Sha256, SafeName.Of(name) ?? SafeName.Of($"{firmware.Version}.bin"));
        audit.Record("firmware.imageUploaded", "firmware", firmware.Id.Value.ToString(), after: new { firmware.FileName, firmware.SizeBytes, firmware.Sha256 });
        await db.SaveChangesAsync(ct);
        if (former is not null)
        {
            store.Delete(former);
        }

        return faults;
    }

    /// <summary>Takes it out of the library; what was done with it stays on record. False: stations are being updated to it.</summary>
    public async Task<bool> Retire(FirmwareImage firmware, CancellationToken ct)
    {
        if (await db.Set<FirmwareUpdate>().AnyAsync(u => u.FirmwareId == firmware.Id && u.EndedAt == null, ct))
        {
            return false;
        }

        var key = firmware.StorageKey;
        (firmware.RetiredAt, firmware.StorageKey) = (time.GetUtcNow(), null);
        audit.Record("firmware.retired", "firmware", firmware.Id.Value.ToString(), FirmwareApi.View(firmware));
        await db.SaveChangesAsync(ct);
        if (key is not null)
        {
            store.Delete(key);
        }

        return true;
    }

    private async Task<Faults> Check(FirmwareImage firmware, CancellationToken ct)
    {
        var faults = new Faults().Text("vendor", firmware.Vendor, 100).Text("version", firmware.Version, 100).Text("modelPattern", firmware.ModelPattern, 100).Short("releaseNotes", firmware.ReleaseNotes, 20_000)
            .Unless(firmware.Url is null || (firmware.Url.Length <= 500 && Uri.TryCreate(firmware.Url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "ftp" or "ftps" or "sftp"), "url", "An address with http, https, ftp, ftps or sftp.")
            .Unless(firmware.Sha256 is null || (firmware.Sha256.Length == 64 && firmware.Sha256.All(char.IsAsciiHexDigit)), "sha256", "64 hexadecimal digits.")
            .Unless((firmware.Signature is null) == (firmware.SigningCertificate is null), "signature", "Signature and certificate belong together.")
            .Unless(firmware.Signature is not { } signature || (signature.Length <= 800 && Convert.TryFromBase64String(signature, new byte[signature.Length], out _)), "signature", "Base64 of at most 800 characters.")
            .Unless(firmware.SigningCertificate is not { } pem || (pem.Length <= 5500 && IsCertificate(pem)), "signingCertificate", "A certificate in PEM of at most 5500 characters.");
        var (vendor, model, version) = (firmware.Vendor.ToUpperInvariant(), firmware.ModelPattern.ToUpperInvariant(), firmware.Version.ToUpperInvariant());
        var isThere = (await db.Set<FirmwareImage>().AsNoTracking().Where(f => f.Id != firmware.Id && f.RetiredAt == null).Select(f => new { f.Vendor, f.ModelPattern, f.Version }).ToListAsync(ct))
            .Any(f => string.Equals(f.Vendor, vendor, StringComparison.OrdinalIgnoreCase) && string.Equals(f.ModelPattern, model, StringComparison.OrdinalIgnoreCase) && string.Equals(f.Version, version, StringComparison.OrdinalIgnoreCase));
        return faults.Unless(!isThere, "version", "There already is a firmware of this vendor, model and version.");
    }

    private static bool IsCertificate(string pem)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            return true;
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return false;
        }
    }

    private static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
