using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Stations.Security;

/// <summary>Keeps which root certificates a station has, by its answers.</summary>
internal sealed class InstalledCertificates(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Follows a command that was answered; others change nothing.</summary>
    public Task Follow(ChargingStation station, Command command, CommandResult result) => (command, result) switch
    {
        (GetInstalledCertificates asked, CommandResult.Answered { Status: "Accepted" or "NotFound", Value: IReadOnlyList<CertificateHash> found }) => Replace(station, asked.Use, found),
        (InstallCertificate installed, CommandResult.Answered { Status: "Accepted" }) when Certificates.Read(installed.Certificate) is [var root, ..] => Add(station, installed.Use, Certificates.Hash(root)),
        (DeleteCertificate deleted, CommandResult.Answered { Status: "Accepted" or "NotFound" }) => Remove(station, deleted.Certificate),
        _ => Task.CompletedTask,
    };

    private async Task Replace(ChargingStation station, RootUse use, IReadOnlyList<CertificateHash> found)
    {
        await database.Run("delete from installed_certificate where station_id = $1 and use = $2", CancellationToken.None, station.Id.Value, Name(use));
        foreach (var hash in found)
        {
            await Add(station, use, hash);
        }
    }

    private Task<int> Add(ChargingStation station, RootUse use, CertificateHash hash) => database.Run("""
        insert into installed_certificate (station_id, tenant_id, use, hash_algorithm, issuer_name_hash, issuer_key_hash, serial_number, seen_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (station_id, use, issuer_key_hash, serial_number, hash_algorithm) do update set seen_at = excluded.seen_at
        """, CancellationToken.None, station.Id.Value, station.TenantId.Value, Name(use), hash.HashAlgorithm, Lower(hash.IssuerNameHash), Lower(hash.IssuerKeyHash), Lower(hash.SerialNumber), time.GetUtcNow());

    private Task<int> Remove(ChargingStation station, CertificateHash hash) => database.Run(
        "delete from installed_certificate where station_id = $1 and issuer_key_hash = $2 and serial_number = $3 and hash_algorithm = $4",
        CancellationToken.None, station.Id.Value, Lower(hash.IssuerKeyHash), Lower(hash.SerialNumber), hash.HashAlgorithm);

    private static string Name(RootUse use) => use == RootUse.CentralSystem ? "centralSystem" : "manufacturer";

    private static string Lower(string hex) => hex.ToLowerInvariant();
}
