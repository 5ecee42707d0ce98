using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Operations.Uptime;

/// <summary>Uptime of one charge point, station or site; times in seconds.</summary>
public sealed record UptimeRow(
    Guid? SiteId, string? Site, string? StationId, int? EvseNumber, string? EvseId, decimal? UptimePercent, long PeriodSeconds, long AvailableSeconds, long InUseSeconds, long FaultedSeconds,
    long UnavailableSeconds, long OfflineSeconds, long ExcludedSeconds, long OutageSeconds)
{
    internal static UptimeRow Of(EvseUptime place, UptimeFigure f, bool station, bool evse) => new(
        place.SiteId, place.Site, station ? place.StationId : null, evse ? place.Evse : null, evse ? place.EvseId : null, f.Percent, Whole(f.Period), Whole(f.Available), Whole(f.InUse), Whole(f.Faulted),
        Whole(f.Unavailable), Whole(f.Offline), Whole(f.Excluded), Whole(f.Outage));

    private static long Whole(double seconds) => (long)Math.Round(seconds);
}

/// <summary>Uptime of a period.</summary>
/// <param name="UptimePercent">Of all rows together, each charge point weighing the same for each second.</param>
public sealed record UptimeReport(DateTimeOffset From, DateTimeOffset To, decimal? UptimePercent, IReadOnlyList<UptimeRow> Items);

/// <summary>What figures are about.</summary>
public enum UptimeLevel
{
    Evse,
    Station,
    Site,
}

/// <summary><c>/uptime</c></summary>
internal static class Api
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(400);

    public static void Map(RouteGroupBuilder api)
    {
        var uptime = api.MapGroup("/uptime").WithTags("Uptime").RequirePermission(Permission.StationsRead);
        uptime.MapGet("", Read).WithSummary("Uptime of a period").WithDescription(
            "100 × (period − outage) / period, planned maintenance and force majeure not counted as outage. `by`: evse (default), station or site. Without `from` the last 30 days.");
        uptime.MapGet("/export", Export).Produces(StatusCodes.Status200OK, contentType: "text/csv").WithSummary("The same as a CSV file");
        uptime.MapGet("/exclusions", ListExclusions).WithSummary("Time that does not count, latest first");
        uptime.MapPost("/exclusions", AddExclusion).RequirePermission(Permission.StationsWrite).WithSummary("Mark planned maintenance or force majeure");
        uptime.MapDelete("/exclusions/{id:guid}", RemoveExclusion).RequirePermission(Permission.StationsWrite).WithSummary("Take a mark back");
    }

    private static async Task<Results<Ok<UptimeReport>, ValidationProblem>> Read(
        DateTimeOffset? from, DateTimeOffset? to, Guid? siteId, string? stationId, Named<UptimeLevel>? by, UptimeReader uptime, TimeProvider time, CancellationToken ct)
    {
        var (begin, end, faults) = Period(from, to, time);
        if (faults.Any)
        {
            return Problems.Invalid(faults.Errors);
        }

        var rows = await uptime.Read(begin, end, new UptimeScope(siteId, stationId), ct);
        return TypedResults.Ok(new UptimeReport(begin, end, Sum(rows).Percent, Rows(rows, by?.Value ?? UptimeLevel.Evse)));
    }

    private static async Task<IResult> Export(DateTimeOffset? from, DateTimeOffset? to, Guid? siteId, string? stationId, Named<UptimeLevel>? by, UptimeReader uptime, TimeProvider time, CancellationToken ct)
    {
        var (begin, end, faults) = Period(from, to, time);
        if (faults.Any)
        {
            return Problems.Invalid(faults.Errors);
        }

        var rows = Rows(await uptime.Read(begin, end, new UptimeScope(siteId, stationId), ct), by?.Value ?? UptimeLevel.Evse);
        var csv = Csv.Write(["from", "to", "site", "station", "evse", "evseId", "uptimePercent", "periodSeconds", "availableSeconds", "inUseSeconds", "faultedSeconds", "unavailableSeconds", "offlineSeconds", "excludedSeconds", "outageSeconds"])
            + string.Concat(rows.Select(r => Csv.Write(
                [
                    Text(begin), Text(end), r.Site, r.StationId, Text(r.EvseNumber), r.EvseId, Text(r.UptimePercent), Text(r.PeriodSeconds), Text(r.AvailableSeconds), Text(r.InUseSeconds), Text(r.FaultedSeconds),
                    Text(r.UnavailableSeconds), Text(r.OfflineSeconds), Text(r.ExcludedSeconds), Text(r.OutageSeconds),
                ])));
        return TypedResults.File(System.Text.Encoding.UTF8.GetBytes(csv), "text/csv", string.Create(CultureInfo.InvariantCulture, $"uptime-{begin:yyyyMMdd}-{end:yyyyMMdd}.csv"));
    }

    private static async Task<Ok<Page<ExclusionView>>> ListExclusions(DateTimeOffset? from, DateTimeOffset? to, int? limit, Exclusions exclusions, TimeProvider time, CancellationToken ct) =>
        TypedResults.Ok(new Page<ExclusionView>(await exclusions.List(from ?? DateTimeOffset.UnixEpoch, to ?? time.GetUtcNow() + Longest, Paging.Limit(limit), ct), null));

    private static async Task<Results<Created<ExclusionView>, ValidationProblem>> AddExclusion(NewExclusion wish, Exclusions exclusions, CancellationToken ct)
    {
        var (id, faults) = await exclusions.Add(wish, ct);
        if (id is not { } made)
        {
            return Problems.Invalid(faults.Errors);
        }

        var view = (await exclusions.List(wish.From, wish.To, Paging.MaxLimit, ct)).Single(x => x.Id == made);
        return TypedResults.Created($"/api/v1/uptime/exclusions/{made:D}", view);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveExclusion(Guid id, Exclusions exclusions, CancellationToken ct) =>
        await exclusions.Remove(id, ct) ? TypedResults.NoContent() : Problems.NotFound("exclusion");

    /// <summary>Sums by what is asked for, in the order of the rows.</summary>
    internal static List<UptimeRow> Rows(IReadOnlyList<EvseUptime> rows, UptimeLevel by) => by switch
    {
        UptimeLevel.Evse => [.. rows.Select(r => UptimeRow.Of(r, r.Figure, station: true, evse: true))],
        UptimeLevel.Station => [.. rows.GroupBy(r => r.Station).Select(g => UptimeRow.Of(g.First(), Sum(g), station: true, evse: false))],
        UptimeLevel.Site => [.. rows.GroupBy(r => r.SiteId).Select(g => UptimeRow.Of(g.First(), Sum(g), station: false, evse: false))],
        _ => throw new ArgumentOutOfRangeException(nameof(by), by, "No such level."),
    };

    internal static UptimeFigure Sum(IEnumerable<EvseUptime> rows) => rows.Aggregate(UptimeFigure.None, (sum, r) => sum + r.Figure);

    private static (DateTimeOffset From, DateTimeOffset To, Faults Faults) Period(DateTimeOffset? from, DateTimeOffset? to, TimeProvider time)
    {
        var end = (to ?? time.GetUtcNow()).ToUniversalTime();
        var begin = (from ?? end.AddDays(-30)).ToUniversalTime();
        return (begin, end, new Faults().Unless(end > begin && end - begin <= Longest, "to", "After the beginning, at most 400 days later."));
    }

    private static string? Text(IFormattable? value) => value?.ToString(value is DateTimeOffset ? "O" : null, CultureInfo.InvariantCulture);
}
