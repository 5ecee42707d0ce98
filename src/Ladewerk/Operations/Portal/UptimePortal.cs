using System.Globalization;
using Ladewerk.Kernel.Http;
using Ladewerk.Operations.Uptime;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Operations.Portal;

/// <summary>What the forms of the uptime page do.</summary>
internal static class UptimePortal
{
    public static void Map(WebApplication app)
    {
        var write = app.MapGroup("/portal/uptime/exclusions").RequirePermission(Permission.StationsWrite).ExcludeFromDescription();
        write.MapPost("", Add);
        write.MapPost("/{id:guid}/remove", Remove);
    }

    private static async Task<IResult> Add([FromForm] IFormCollection form, HttpContext http, Exclusions exclusions, Reader reader, CancellationToken ct)
    {
        var zone = (await reader.Operator()).Zone;
        var (from, to) = (Moment(form["from"], zone), Moment(form["to"], zone));
        var faults = new Faults().Unless(from is not null, "from", "Not a time.").Unless(to is not null, "to", "Not a time.");
        if (from is { } begin && to is { } end)
        {
            var place = form["place"].ToString();
            var site = Guid.TryParse(place, out var id) ? id : (Guid?)null;
            var note = form["note"].ToString().Trim() is { Length: > 0 } text ? text : null;
            var reason = form["reason"] == "forceMajeure" ? ExclusionReason.ForceMajeure : ExclusionReason.Maintenance;
            faults = (await exclusions.Add(new NewExclusion(reason, begin, end, site, site is null ? place : null, null, note), ct)).Faults;
        }

        return faults.Any
            ? Answer.Page<UptimePage>(
                StatusCodes.Status422UnprocessableEntity, (nameof(UptimePage.Errors), Said(faults)),
                (nameof(UptimePage.Values), form.Where(f => f.Key is "place" or "reason" or "from" or "to" or "note").ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal)))
            : Answer.Go(http, "/portal/uptime" + http.Request.QueryString);
    }

    /// <summary>By the fields of the form, which asks for a site or a station in one.</summary>
    private static Dictionary<string, string[]> Said(Faults faults) => FaultWords.Say(faults.Errors)
        .GroupBy(f => f.Key is "siteId" or "stationId" ? "place" : f.Key, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => g.SelectMany(f => f.Value).Distinct(StringComparer.Ordinal).ToArray(), StringComparer.Ordinal);

    private static async Task<IResult> Remove(Guid id, HttpContext http, Exclusions exclusions, CancellationToken ct)
    {
        await exclusions.Remove(id, ct);
        return Answer.Go(http, "/portal/uptime" + http.Request.QueryString);
    }

    // A browser's date and time have no zone: they are meant as on the operator's wall.
    private static DateTimeOffset? Moment(string? text, TimeZoneInfo zone) =>
        DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) ? new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), zone.GetUtcOffset(local)).ToUniversalTime() : null;
}
