using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Stations;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Ladewerk.Sessions.Limits;

/// <summary>A no at a station.</summary>
/// <param name="StationId">The station's identity.</param>
/// <param name="Reason">As <see cref="AuthorisationReason"/>, in camelCase.</param>
/// <param name="ForStart">A session had begun already; else the badge was held to the reader.</param>
/// <param name="Until">When it would have been a yes.</param>
/// <param name="Driver">What the driver is told.</param>
/// <param name="Explanation">What the operator is told.</param>
public sealed record RefusalView(
    Guid Id, DateTimeOffset At, string StationId, string? Site, string IdToken, Guid? DriverId, string? DriverName, Guid? ContractId, string? Contract, string Reason, bool ForStart, DateTimeOffset? Until,
    string Driver, string Explanation);

/// <summary>Which refusals are wanted.</summary>
internal sealed record RefusalFilter(string? StationId = null, string? IdToken = null, Guid? DriverId = null, Guid? ContractId = null, string? Reason = null);

/// <summary>Reads refusals, the newest first.</summary>
internal sealed class FindRefusals(NpgsqlDataSource data, TenantContext tenant)
{
    private const string Sql = """
        select r.id, r.received_at, s.identity, t.name, r.uid, r.driver_id, d.name, r.contract_id, r.detail, r.reason, r.for_start, r.until_at, coalesce(t.time_zone, o.time_zone)
        from authorisation_refusal r
        join charging_station s on s.id = r.station_id
        join tenant o on o.id = r.tenant_id
        left join site t on t.id = s.site_id
        left join driver d on d.id = r.driver_id
        where r.tenant_id = $1 and ($2::text is null or s.identity_key = $2)
          and ($3::text is null or r.id_token_id = (select id from id_token where tenant_id = $1 and uid_key = $3) or upper(r.uid) = $3)
          and ($4::uuid is null or r.driver_id = $4) and ($5::uuid is null or r.contract_id = $5) and ($6::text is null or r.reason = $6)
          and ($7::timestamptz is null or (r.received_at, r.id) < ($7, $8))
        order by r.received_at desc, r.id desc limit $9
        """;

    public Task<List<RefusalView>> Run(RefusalFilter filter, int count, (DateTimeOffset At, Guid Id)? after, string language, CancellationToken ct) => data.Rows(
        Sql, r => View(r, language), ct, tenant.Current.Value, filter.StationId is { } station ? StationIdentity.Key(station) : null, filter.IdToken is { } uid ? IdTokenUid.Key(uid) : null,
        filter.DriverId, filter.ContractId, filter.Reason, after?.At, after?.Id ?? Guid.Empty, count);

    private static RefusalView View(NpgsqlDataReader r, string language)
    {
        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(r.GetString(12), out var known) ? known : TimeZoneInfo.Utc;
        return new RefusalView(
            r.GetGuid(0), r.GetFieldValue<DateTimeOffset>(1), r.GetString(2), r.Get<string>(3), r.GetString(4), r.Maybe<Guid>(5), r.Get<string>(6), r.Maybe<Guid>(7), r.Get<string>(8), r.GetString(9),
            r.GetBoolean(10), r.MaybeTime(11), RefusalWords.ForDriver(r.GetString(9), r.MaybeTime(11), zone, language), RefusalWords.ForOperator(r.GetString(9), language));
    }
}

/// <summary><c>/authorisation-refusals</c>, and who drove a session of a pool card.</summary>
internal static class RefusalsApi
{
    public static void MapRefusals(this RouteGroupBuilder api)
    {
        api.MapGet("/authorisation-refusals", List).RequirePermission(Permission.SessionsRead).WithTags("Sessions").WithSummary("Each no at a station and why, the newest first");
        api.MapPut("/sessions/{id:guid}/driver", Note).RequirePermission(Permission.DriversWrite).WithTags("Sessions").WithSummary("Note who drove and which vehicle, for a card that belongs to nobody");
    }

    private static async Task<Ok<Page<RefusalView>>> List(
        FindRefusals find, CancellationToken ct, string? stationId = null, string? idToken = null, Guid? driverId = null, Guid? contractId = null, string? reason = null, int? limit = null, string? cursor = null)
    {
        var count = Paging.Limit(limit);
        var key = Paging.Decode(cursor)?.Split('\n');
        (DateTimeOffset, Guid)? after = key is [var ticks, var id] && long.TryParse(ticks, System.Globalization.CultureInfo.InvariantCulture, out var at) && Guid.TryParse(id, out var last)
            ? (new DateTimeOffset(at, TimeSpan.Zero), last) : null;
        var rows = await find.Run(new RefusalFilter(stationId, idToken, driverId, contractId, reason), count + 1, after, Texts.Language, ct);
        return TypedResults.Ok(Paging.Of(rows, count, r => $"{r.At.UtcTicks}\n{r.Id}"));
    }

    private static async Task<Results<NoContent, ValidationProblem, ProblemHttpResult>> Note(Guid id, NoteDriver.Wish request, NoteDriver note, CancellationToken ct) => await note.Run(new SessionId(id), request, ct) switch
    {
        NoteDriver.Outcome.Noted => TypedResults.NoContent(),
        NoteDriver.Outcome.NoSuchVehicle => Problems.Invalid("vehicleId", "No such vehicle."),
        NoteDriver.Outcome.NoSuchDriver => Problems.Invalid("driverId", "No such driver."),
        _ => Problems.NotFound("session"),
    };
}
