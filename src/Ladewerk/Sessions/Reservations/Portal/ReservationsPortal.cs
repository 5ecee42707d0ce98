using System.Globalization;
using Ladewerk.Drivers;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Ladewerk.Stations.Portal;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Sessions.Reservations.Portal;

/// <summary>What stands in the form of a new reservation.</summary>
public sealed record ReservationWish
{
    /// <summary>Identity of a station, a bar, and the EVSE's number; nothing behind the bar is any.</summary>
    public string? Place { get; init; }
    public string? Driver { get; init; }
    public string? Token { get; init; }

    /// <summary>Local time of the operator; empty: now.</summary>
    public string? From { get; init; }
    public int Minutes { get; init; } = 60;
    public string? Note { get; init; }
}

/// <summary>The operator's pages of reservations, and what their forms do.</summary>
internal static class ReservationsPortal
{
    public static IServiceCollection AddReservationsPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.Operations, 35, "calendar-time", "reservations.title", "/portal/reservations", Permission.SessionsRead));
        return services.AddSingleton(new StationCard(20, typeof(StationReservations), Permission.SessionsRead));
    }

    public static void MapReservationsPortal(this WebApplication app)
    {
        var command = app.MapGroup("/portal/reservations").RequirePermission(Permission.StationsCommand).ExcludeFromDescription();
        command.MapPost("/make", Make);
        command.MapPost("/{id:guid}/cancel", Cancel);
    }

    private static async Task<IResult> Make([FromForm] IFormCollection form, MakeReservation make, Reader reader, HttpContext http, CancellationToken ct)
    {
        var wish = new ReservationWish
        {
            Place = form["place"], Driver = form["driver"], Token = form["token"].ToString().Trim(), From = form["from"], Note = form["note"],
            Minutes = int.TryParse(form["minutes"], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) ? minutes : 60,
        };
        var place = (wish.Place ?? "").Split('|');
        var outcome = await make.Run(
            new NewReservation(
                place[0],
                place.Length > 1 && int.TryParse(place[1], NumberStyles.None, CultureInfo.InvariantCulture, out var evse) ? evse : null,
                IdToken: wish.Token is { Length: > 0 } token ? token : null,
                DriverId: Guid.TryParse(wish.Driver, out var driver) ? new DriverId(driver) : null,
                StartsAt: Local(wish.From, (await reader.Operator()).Zone),
                DurationMinutes: wish.Minutes,
                Note: wish.Note),
            ct);
        return outcome switch
        {
            ReservationOutcome.Made made => Answer.Go(http, $"/portal/reservations/{made.Id.Value:D}"),
            ReservationOutcome.Overlap overlap => Answer.Page<ReservationForm>(StatusCodes.Status409Conflict, (nameof(ReservationForm.Form), wish), (nameof(ReservationForm.Conflict), overlap)),
            ReservationOutcome.Faulty faulty => Answer.Page<ReservationForm>(StatusCodes.Status422UnprocessableEntity, (nameof(ReservationForm.Form), wish), (nameof(ReservationForm.Errors), Words(faulty.Faults))),
            _ => throw new ArgumentOutOfRangeException(nameof(form), outcome, "No such outcome."),
        };
    }

    private static async Task<IResult> Cancel(Guid id, ReleaseReservation release, HttpContext http, CancellationToken ct, bool force = false) => await release.Run(new ReservationId(id), force, ct) switch
    {
        Release.Unknown => Problems.NotFound("reservation"),
        Release.Refused => Answer.Go(http, $"/portal/reservations/{id:D}?cancel=refused"),
        Release.StationWaits => Answer.Go(http, $"/portal/reservations/{id:D}?cancel=waits"),
        _ => Answer.Go(http, $"/portal/reservations/{id:D}"),
    };

    /// <summary>The form has one field for station and EVSE.</summary>
    private static Dictionary<string, string[]> Words(Kernel.Http.Faults faults)
    {
        var words = new Dictionary<string, string[]>(FaultWords.Say(faults.Errors), StringComparer.Ordinal);
        foreach (var field in new[] { "stationId", "evseId", "connectorId" })
        {
            if (words.Remove(field, out var said))
            {
                words["place"] = said;
            }
        }

        return words;
    }

    private static DateTimeOffset? Local(string? text, TimeZoneInfo zone) =>
        DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? new DateTimeOffset(DateTime.SpecifyKind(at, DateTimeKind.Unspecified), zone.GetUtcOffset(at)) : null;
}
