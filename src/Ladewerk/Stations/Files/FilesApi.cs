using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;

namespace Ladewerk.Stations.Files;

/// <summary>A file that a station brought.</summary>
public sealed record StationFileView(Guid Id, FileKind Kind, string Name, long SizeBytes, string Sha256, DateTimeOffset ReceivedAt, string RequestedBy, string? RemoteAddress, Guid? RequestId);

/// <summary>A request for a file and how far it is.</summary>
/// <param name="Status">The station's last word.</param>
/// <param name="Reason">Why it failed: refused, notSupported, offline, error, nothing, uploadFailed, noFile, late, superseded.</param>
/// <param name="File">The file, when it is there.</param>
public sealed record FileRequestView(
    Guid Id, int Number, FileKind Kind, FileRequestState State, string? Status, string? Reason, DateTimeOffset? From, DateTimeOffset? To, string RequestedBy,
    DateTimeOffset RequestedAt, DateTimeOffset UpdatedAt, DateTimeOffset? EndedAt, StationFileView? File);

/// <summary><c>/stations/{id}/files</c>, <c>/stations/{id}/file-requests</c>, and the links themselves.</summary>
internal static class FilesApi
{
    public static void MapFiles(this RouteGroupBuilder stations)
    {
        stations.MapGet("/{id}/file-requests", Requests).RequirePermission(Permission.StationsRead).WithSummary("Requests for diagnostics and logs, newest first");
        stations.MapPost("/{id}/file-requests", Ask).RequirePermission(Permission.StationsCommand).WithSummary("Ask the station to bring diagnostics or a log to this server");
        stations.MapGet("/{id}/file-requests/{requestId:guid}", Request).RequirePermission(Permission.StationsRead).WithSummary("How far a request is");
        stations.MapGet("/{id}/files", Files).RequirePermission(Permission.StationsRead).WithSummary("Files that the station brought, newest first");
        stations.MapGet("/{id}/files/{fileId:guid}/content", Download).RequirePermission(Permission.StationsCommand).WithSummary("The file itself");
        stations.MapDelete("/{id}/files/{fileId:guid}", Delete).RequirePermission(Permission.StationsCommand).WithSummary("Delete a file");
    }

    /// <summary>Where stations bring files: the link is the permission.</summary>
    public static void MapUploads(this WebApplication app) =>
        app.MapMethods("/upload/{token}/{**name}", [HttpMethods.Put, HttpMethods.Post], (HttpContext http, string token, string? name, ReceiveFile receive, CancellationToken ct) => receive.Handle(http, token, name, ct))
            .AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();

    /// <summary>Sends a file so that no browser shows or runs it.</summary>
    public static FileStreamHttpResult Attachment(HttpContext http, FileStream content, string name, string sha256, DateTimeOffset at)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        return TypedResults.File(content, "application/octet-stream", name, at, new EntityTagHeaderValue($"\"{sha256}\""), enableRangeProcessing: true);
    }

    public static StationFileView View(StationFile f) => new(f.Id, f.Kind, f.Name, f.SizeBytes, f.Sha256, f.ReceivedAt, f.RequestedBy, f.RemoteAddress, f.RequestId);

    private static FileRequestView View(FileRequest r, StationFile? file) => new(
        r.Id, r.Number, r.Kind, r.State, r.Status, r.Reason, r.FromAt, r.ToAt, r.RequestedBy, r.RequestedAt, r.UpdatedAt, r.EndedAt, file is null ? null : View(file));

    private static async Task<Results<Ok<Page<FileRequestView>>, ProblemHttpResult>> Requests(string id, int? limit, string? cursor, StationReader stations, LadewerkDb db, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Api.NoSuchStation();
        }

        var count = Paging.Limit(limit);
        var wanted = db.Set<FileRequest>().AsNoTracking().Where(r => r.StationId == station.Id);
        wanted = Guid.TryParse(Paging.Decode(cursor), out var last) ? wanted.Where(r => r.Id < last) : wanted;
        var rows = await (from r in wanted orderby r.Id descending join f in db.Set<StationFile>() on r.FileId equals f.Id into files from f in files.DefaultIfEmpty() select new { r, f })
            .Take(count + 1).ToListAsync(ct);
        return TypedResults.Ok(Paging.Of([.. rows.Select(x => View(x.r, x.f))], count, r => r.Id.ToString()));
    }

    private static async Task<Results<Ok<FileRequestView>, ProblemHttpResult>> Request(string id, Guid requestId, StationReader stations, LadewerkDb db, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Api.NoSuchStation();
        }

        var request = await db.Set<FileRequest>().AsNoTracking().SingleOrDefaultAsync(r => r.Id == requestId && r.StationId == station.Id, ct);
        return request is null ? Problems.NotFound("request") : TypedResults.Ok(View(request, await db.Set<StationFile>().AsNoTracking().SingleOrDefaultAsync(f => f.Id == request.FileId, ct)));
    }

    private static async Task<Results<Accepted<FileRequestView>, ValidationProblem, ProblemHttpResult>> Ask(
        string id, [FromBody(EmptyBodyBehavior = Microsoft.AspNetCore.Mvc.ModelBinding.EmptyBodyBehavior.Allow)] FileWish? wish, StationReader stations, RequestFile request, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Api.NoSuchStation();
        }

        if (wish is { From: { } from, To: { } to } && from >= to)
        {
            return Problems.Invalid("to", "After \"from\".");
        }

        var asked = await request.Run(station, wish ?? new FileWish(), ct);
        return asked switch
        {
            { State: FileRequestState.Failed, Reason: "offline" } => Problems.Conflict(SendCommand.Offline, "The station is not connected.", "Nothing was sent."),
            _ => TypedResults.Accepted($"/api/v1/stations/{Uri.EscapeDataString(station.Identity)}/file-requests/{asked.Id}", View(asked, null)),
        };
    }

    private static async Task<Results<Ok<Page<StationFileView>>, ProblemHttpResult>> Files(string id, int? limit, string? cursor, StationReader stations, LadewerkDb db, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Api.NoSuchStation();
        }

        var count = Paging.Limit(limit);
        var wanted = db.Set<StationFile>().AsNoTracking().Where(f => f.StationId == station.Id);
        wanted = Guid.TryParse(Paging.Decode(cursor), out var last) ? wanted.Where(f => f.Id < last) : wanted;
        var rows = await wanted.OrderByDescending(f => f.Id).Take(count + 1).ToListAsync(ct);
        return TypedResults.Ok(Paging.Of([.. rows.Select(View)], count, f => f.Id.ToString()));
    }

    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Download(
        string id, Guid fileId, HttpContext http, StationReader stations, LadewerkDb db, FileStore store, AuditLog audit, CancellationToken ct)
    {
        if (await Find(id, fileId, stations, db, ct) is not { } file || store.Open(file.StorageKey) is not { } content)
        {
            return Problems.NotFound("file");
        }

        audit.Record("stationFile.downloaded", "stationFile", file.Id.ToString(), after: new { station = id, file.Name });
        await db.SaveChangesAsync(ct);
        return Attachment(http, content, file.Name, file.Sha256, file.ReceivedAt);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(string id, Guid fileId, StationReader stations, DeleteFile delete, LadewerkDb db, CancellationToken ct)
    {
        if (await Find(id, fileId, stations, db, ct) is not { } file)
        {
            return Problems.NotFound("file");
        }

        await delete.Run(file, id, ct);
        return TypedResults.NoContent();
    }

    private static async Task<StationFile?> Find(string id, Guid fileId, StationReader stations, LadewerkDb db, CancellationToken ct) =>
        await stations.Find(id, ct) is { } station ? await db.Set<StationFile>().SingleOrDefaultAsync(f => f.Id == fileId && f.StationId == station.Id, ct) : null;
}

/// <summary>Deletes a file from the list and from the disk.</summary>
internal sealed class DeleteFile(LadewerkDb db, FileStore store, AuditLog audit)
{
    public async Task Run(StationFile file, string station, CancellationToken ct)
    {
        db.Remove(file);
        audit.Record("stationFile.deleted", "stationFile", file.Id.ToString(), new { station, file.Name, file.SizeBytes, file.Sha256 });
        await db.SaveChangesAsync(ct);
        store.Delete(file.StorageKey);
    }
}
