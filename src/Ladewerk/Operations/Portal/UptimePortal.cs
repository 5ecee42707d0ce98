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
        if (Moment(form["from"], zone) is { } from && Moment(form["to"], zone) is { } to)
        {
            var place = form["place"].ToString();
            await exclusions.Add(
                new NewExclusion(
                    form["reason"] == "forceMajeure" ? ExclusionReason.ForceMajeure : ExclusionReason.Maintenance, from, to, Guid.TryParse(place, out var site) ? site : null,
                    Guid.TryParse(place, out _) ? null : place, null, form["note"].ToString().Trim() is { Length: > 0 } note ? note : null),
                ct);
        }

        return Answer.Go(http, "/portal/uptime");
    }

    private static async Task<IResult> Remove(Guid id, HttpContext http, Exclusions exclusions, CancellationToken ct)
    {
        await exclusions.Remove(id, ct);
        return Answer.Go(http, "/portal/uptime");
    }

    // A browser's date and time have no zone: they are meant as on the operator's wall.
    private static DateTimeOffset? Moment(string? text, TimeZoneInfo zone) =>
        DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) ? new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), zone.GetUtcOffset(local)).ToUniversalTime() : null;
}
