using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Npgsql;

namespace Ladewerk.Stations.Files;

/// <summary>Takes what a station brings to its one-time link, by PUT or POST, raw or as a form.</summary>
internal sealed partial class ReceiveFile(
    NpgsqlDataSource data, FileStore store, IServiceScopeFactory scopes, IOptions<FilesOptions> options, LiveFeed feed, StationReports reports, TimeProvider time, ILogger<ReceiveFile> logger)
{
    private const int FormOverhead = 64 * 1024;
    private static readonly TimeSpan ClaimLasts = TimeSpan.FromMinutes(30);

    /// <summary>A modem in a garage may be slow; one that sends next to nothing holds the line.</summary>
    private static readonly MinDataRate Slowest = new(bytesPerSecond: 50, gracePeriod: TimeSpan.FromSeconds(60));

    public async Task<IResult> Handle(HttpContext http, string token, string? name, CancellationToken ct)
    {
        var claim = Guid.CreateVersion7();
        switch (await Claim(new LinkToken(token).Hash, claim, ct))
        {
            case null:
                return Problems.NotFound("link");
            case { IsOpen: false } closed:
                LogClosed(closed.RequestId);
                return Problems.Of(StatusCodes.Status410Gone, "link-used", "This link was used or has expired.");
            case { IsOurs: false }:
                return Problems.Conflict("upload-runs", "A file is being brought to this link just now.");
            case var open:
                try
                {
                    return await Take(http, open, claim, name, ct);
                }
                finally
                {
                    await data.Run("update file_request set claim = null, claimed_until = null where id = $1 and claim = $2", CancellationToken.None, open.RequestId, claim);
                }
        }
    }

    private async Task<IResult> Take(HttpContext http, Open open, Guid claim, string? name, CancellationToken ct)
    {
        var limit = options.Value.MaxUploadBytes;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = limit + FormOverhead;
        }

        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = Slowest;
        }

        try
        {
            if (http.Request.ContentLength > limit + FormOverhead)
            {
                return TooLarge(open.RequestId);
            }

            if (await Content(http.Request, name, ct) is not var (content, sent))
            {
                return Problems.Invalid("file", "A form with one file, or the bytes themselves.");
            }

            var stored = await store.Save(content, limit, ct);
            return stored is null ? TooLarge(open.RequestId) : await Keep(open, claim, stored, SafeName.Of(sent), http.Connection.RemoteIpAddress?.ToString(), ct);
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return TooLarge(open.RequestId);
        }
        catch (InvalidDataException broken)
        {
            return Problems.Invalid("file", broken.Message);
        }
    }

    private async Task<IResult> Keep(Open open, Guid claim, StoredFile stored, string? sent, string? from, CancellationToken ct)
    {
        var kept = false;
        try
        {
            if (stored.Size == 0)
            {
                return Problems.Invalid("file", "The file is empty.");
            }

            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<TenantContext>().Use(open.Tenant);
            kept = await scope.ServiceProvider.GetRequiredService<KeepFile>().Run(open.RequestId, claim, stored, sent, from, ct);
            if (!kept)
            {
                return Problems.Of(StatusCodes.Status410Gone, "link-used", "This link was used or has expired.");
            }
        }
        finally
        {
            if (!kept)
            {
                store.Delete(stored.Key);
            }
        }

        LogReceived(open.RequestId, stored.Size);
        feed.Publish(open.Tenant, "maintenance", new { stationId = open.Station, id = open.RequestId });
        reports.Ring();
        return TypedResults.StatusCode(StatusCodes.Status201Created);
    }

    /// <summary>The bytes and the name they come with: a form's first file, or the body as it stands.</summary>
    private static async Task<(Stream Content, string? Name)?> Content(HttpRequest request, string? name, CancellationToken ct)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
        {
            var said = ContentDispositionHeaderValue.TryParse(request.Headers.ContentDisposition.ToString(), out var own) ? NameOf(own) : null;
            return (request.Body, said ?? (name is null ? null : Uri.UnescapeDataString(name))); // an encoded slash stays encoded in a path
        }

        if (HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 200 } boundary)
        {
            return null;
        }

        var form = new MultipartReader(boundary, request.Body);
        while (await form.ReadNextSectionAsync(ct) is { } section)
        {
            if (ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) && disposition.IsFileDisposition())
            {
                return (section.Body, NameOf(disposition) ?? name);
            }
        }

        return null;
    }

    private static string? NameOf(ContentDispositionHeaderValue disposition) =>
        HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value is { Length: > 0 } name ? name : null;

    private async Task<Open?> Claim(byte[] hash, Guid claim, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await data.Run(
            """
            update file_request set claim = $2, claimed_until = $3
            where token_hash = $1 and file_id is null and link_until > $4 and (claimed_until is null or claimed_until <= $4)
            """,
            ct, hash, claim, now + ClaimLasts, now);
        return await data.First(
            """
            select r.id, r.tenant_id, s.identity, r.file_id is null and r.link_until > $3, coalesce(r.claim = $2, false)
            from file_request r join charging_station s on s.id = r.station_id where r.token_hash = $1
            """,
            r => new Open(r.GetGuid(0), TenantId.From(r.GetGuid(1)), r.GetString(2), r.GetBoolean(3), r.GetBoolean(4)),
            ct, hash, claim, now);
    }

    private ProblemResult TooLarge(Guid request)
    {
        LogTooLarge(request, options.Value.MaxUploadBytes);
        return new ProblemResult(Problems.Of(StatusCodes.Status413PayloadTooLarge, "file-too-large", $"At most {options.Value.MaxUploadBytes} bytes."));
    }

    [LoggerMessage(LogLevel.Information, "A station tried link of request {RequestId}, which is closed")]
    private partial void LogClosed(Guid requestId);

    [LoggerMessage(LogLevel.Warning, "The file of request {RequestId} is larger than {Limit} bytes and was refused")]
    private partial void LogTooLarge(Guid requestId, long limit);

    [LoggerMessage(LogLevel.Information, "The file of request {RequestId} is here: {Size} bytes")]
    private partial void LogReceived(Guid requestId, long size);

    private sealed record Open(Guid RequestId, TenantId Tenant, string Station, bool IsOpen, bool IsOurs);

    /// <summary>Says no and closes the line: what is still to come is not read.</summary>
    private sealed class ProblemResult(IResult problem) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.Connection = "close";
            return problem.ExecuteAsync(httpContext);
        }
    }
}
