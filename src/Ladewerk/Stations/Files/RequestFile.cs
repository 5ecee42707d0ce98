using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ladewerk.Stations.Files;

/// <summary>Which file to ask for, and of which time.</summary>
public sealed record FileWish(FileKind Kind = FileKind.Diagnostics, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>Makes a one-time link and asks the station to bring its diagnostics or a log there.</summary>
internal sealed class RequestFile(
    LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, SendCommand send, PublicAddress address, IOptions<FilesOptions> options, LiveFeed feed, TimeProvider time)
{
    private const int Retries = 2, RetrySeconds = 60;

    /// <summary>The request as it stands when the station has answered; one that it refused or could not be told has failed already.</summary>
    public async Task<FileRequest> Run(ChargingStation station, FileWish wish, CancellationToken ct)
    {
        var token = LinkToken.New();
        var now = time.GetUtcNow();
        var request = new FileRequest
        {
            TenantId = tenant.Current, StationId = station.Id, Kind = wish.Kind, FromAt = wish.From, ToAt = wish.To, RequestedBy = actor.Name, RequestedAt = now, UpdatedAt = now,
            TokenHash = token.Hash, LinkUntil = now + options.Value.UploadWithin,
        };
        db.Add(request);
        audit.Record("stationFile.requested", "station", station.Identity, after: new { request.Id, request.Kind, wish.From, wish.To });
        await db.SaveChangesAsync(ct);

        // A directory: many stations append their own file name, others send to the address as it stands. Both are taken.
        var result = await send.Run(station, CommandFor(request, address.Of(station.Id, $"/upload/{token.Text}/")), ct);
        await db.Entry(request).ReloadAsync(CancellationToken.None); // a fast station may have brought the file by now
        Note(request, result);
        await db.SaveChangesAsync(CancellationToken.None);
        feed.Publish(tenant.Current, "maintenance", new { stationId = station.Identity, id = request.Id });
        return request;
    }

    private static Command CommandFor(FileRequest request, string location) => request.Kind switch
    {
        FileKind.Diagnostics => new GetDiagnostics(location, request.FromAt, request.ToAt, Retries, RetrySeconds),
        FileKind.DiagnosticsLog => new GetLog(request.Number, Security: false, location, request.FromAt, request.ToAt, Retries, RetrySeconds),
        FileKind.SecurityLog => new GetLog(request.Number, Security: true, location, request.FromAt, request.ToAt, Retries, RetrySeconds),
        _ => throw new ArgumentOutOfRangeException(nameof(request), request.Kind, "No such kind."),
    };

    private void Note(FileRequest request, CommandResult result)
    {
        request.UpdatedAt = time.GetUtcNow();
        if (request.State is not (FileRequestState.Requested or FileRequestState.Uploading))
        {
            return;
        }

        switch (result)
        {
            case CommandResult.Answered { Status: "Accepted" or "AcceptedCanceled" } answered:
                request.FileName = SafeName.Of(NameIn(answered.Response));
                if (request is { FileName: null, Kind: FileKind.Diagnostics })
                {
                    Fail(request, "nothing"); // OCPP 1.6 §6.26: no name, nothing to upload. The link holds nevertheless.
                }

                break;
            case CommandResult.Answered answered:
                Fail(request, answered.Status is "NotImplemented" or "NotSupported" ? "notSupported" : "refused");
                break;
            case CommandResult.Offline:
                Fail(request, "offline");
                break;
            case CommandResult.Refused refused:
                Fail(request, refused.Code is "NotImplemented" or "NotSupported" ? "notSupported" : "error");
                request.Status = refused.Code;
                break;
            case CommandResult.Invalid:
                Fail(request, "error");
                break;
            case CommandResult.TimedOut:
                break; // it may have heard us: the tracker waits for the file
            default:
                throw new ArgumentOutOfRangeException(nameof(result), result, "No such outcome.");
        }
    }

    private void Fail(FileRequest request, string reason) =>
        (request.State, request.Reason, request.EndedAt) = (FileRequestState.Failed, reason, time.GetUtcNow());

    private static string? NameIn(JsonElement answer)
    {
        foreach (var member in answer.EnumerateObject())
        {
            if (string.Equals(member.Name, "fileName", StringComparison.OrdinalIgnoreCase) && member.Value.ValueKind == JsonValueKind.String)
            {
                return member.Value.GetString();
            }
        }

        return null;
    }
}
