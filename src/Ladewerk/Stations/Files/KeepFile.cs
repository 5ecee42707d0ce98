using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Files;

/// <summary>Enters a file that was brought, once: the second one of a link finds it used.</summary>
internal sealed class KeepFile(LadewerkDb db, TimeProvider time)
{
    /// <summary>False where the link was used meanwhile.</summary>
    public async Task<bool> Run(Guid requestId, Guid claim, StoredFile stored, string? sent, string? from, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var now = time.GetUtcNow();
        var request = await db.Set<FileRequest>()
            .FromSql($"select * from file_request where id = {requestId} and claim = {claim} and file_id is null for update").SingleOrDefaultAsync(ct);
        if (request is null)
        {
            return false;
        }

        var station = await db.Set<ChargingStation>().AsNoTracking().SingleAsync(s => s.Id == request.StationId, ct);
        var file = new StationFile
        {
            TenantId = request.TenantId, StationId = request.StationId, RequestId = request.Id, Kind = request.Kind,
            Name = sent ?? request.FileName ?? SafeName.Of($"{station.Identity}-{request.Kind}-{now:yyyyMMdd-HHmmss}.bin") ?? "file.bin",
            SizeBytes = stored.Size, Sha256 = stored.Sha256, StorageKey = stored.Key, RemoteAddress = from, RequestedBy = request.RequestedBy, ReceivedAt = now,
        };
        db.Add(file);
        (request.FileId, request.State, request.Reason, request.UpdatedAt, request.EndedAt) = (file.Id, FileRequestState.Uploaded, null, now, now);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }
}
