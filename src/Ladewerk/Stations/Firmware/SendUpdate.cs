using Ladewerk.Kernel;
using Ladewerk.Stations.Files;

namespace Ladewerk.Stations.Firmware;

/// <summary>Tells a station of its update. Told twice (after a crash), a station fetches the same image again.</summary>
internal sealed class SendUpdate(LadewerkDb db, TenantContext tenant, SendCommand send, PublicAddress address, LiveFeed feed, TimeProvider time)
{
    private const int Retries = 2, RetrySeconds = 120;

    public async Task Run(FirmwareUpdate update, FirmwareImage firmware, ChargingStation station, CancellationToken ct)
    {
        var token = LinkToken.New();
        var now = time.GetUtcNow();
        (update.TokenHash, update.LinkUntil) = (token.Hash, (update.RetrieveAt > now ? update.RetrieveAt : now) + update.Within);
        await db.SaveChangesAsync(ct);

        var location = firmware.StorageKey is null ? firmware.Url! : address.Of(station.Id, $"/firmware/{token.Text}/{SafeName.Of(firmware.FileName) ?? "firmware.bin"}");
        var signature = update.Signed ? new FirmwareSignature(update.Number, firmware.SigningCertificate!, firmware.Signature!) : null;
        var result = await send.Run(station, new UpdateFirmware(location, update.RetrieveAt, Retries, RetrySeconds, signature), ct);

        Note(update, result);
        await db.SaveChangesAsync(CancellationToken.None);
        feed.Publish(tenant.Current, "maintenance", new { stationId = station.Identity, id = update.Id });
    }

    private void Note(FirmwareUpdate update, CommandResult result)
    {
        update.UpdatedAt = time.GetUtcNow();
        update.SentAt = update.UpdatedAt;
        switch (result)
        {
            case CommandResult.Answered { Status: "Accepted" or "AcceptedCanceled" }:
            case CommandResult.TimedOut: // it may have heard us: its reports will tell
                break;
            case CommandResult.Answered { Status: "InvalidCertificate" or "RevokedCertificate" } answered:
                Fail(update, "invalidCertificate", answered.Status);
                break;
            case CommandResult.Answered answered:
                Fail(update, answered.Status is "NotImplemented" or "NotSupported" ? "notSupported" : "refused", answered.Status);
                break;
            case CommandResult.Refused refused:
                Fail(update, refused.Code is "NotImplemented" or "NotSupported" ? "notSupported" : "error", refused.Code);
                break;
            case CommandResult.Offline:
                Fail(update, "offline", null);
                break;
            case CommandResult.Invalid:
                Fail(update, "error", null);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(result), result, "No such outcome.");
        }
    }

    private static void Fail(FirmwareUpdate update, string reason, string? status) =>
        (update.State, update.Reason, update.Status, update.EndedAt) = (UpdateState.Failed, reason, status, update.UpdatedAt);
}
