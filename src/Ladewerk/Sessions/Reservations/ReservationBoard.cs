using System.Collections.Concurrent;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Sessions.Reservations;

/// <summary>
/// The open reservations of each station in memory, so that the start of a session asks no database for them. Read at the start of the
/// host, and for a station after every committed change of its reservations.
/// </summary>
internal sealed class ReservationBoard(NpgsqlDataSource dataSource, LiveFeed feed) : IHostedService, IDisposable
{
    /// <summary>Name of the live event: <c>{id, stationId, state}</c>.</summary>
    public const string Topic = "reservation";

    private const string Columns = """
        select r.station_id, r.id, r.number, r.evse_number, coalesce(nullif(r.sent_connector, 0), r.connector_number), r.id_token_key, r.group_id, r.starts_at, r.expires_at,
          case when r.state = 'active' then r.confirmed_at end,
          case when r.evse_number is null and r.sent_connector > 0 then (select c.evse_number from connector c where c.station_id = r.station_id and c.wire_number = r.sent_connector) end
        from reservation r
        """;

    private readonly ConcurrentDictionary<StationId, IReadOnlyList<HeldReservation>> open = new();
    private readonly SemaphoreSlim reading = new(1, 1);

    /// <summary>The station's open reservations.</summary>
    public IReadOnlyList<HeldReservation> At(StationId station) => open.TryGetValue(station, out var held) ? held : [];

    /// <summary>Reads a station's reservations anew. One reads at a time, so the last word is the database's.</summary>
    public async Task Refresh(StationId station, CancellationToken ct)
    {
        await reading.WaitAsync(ct);
        try
        {
            var held = await Read(Columns + " where r.station_id = $1 and r.state in ('planned', 'sent', 'active')", station, ct);
            Put(station, [.. held.Select(h => h.Held)]);
        }
        finally
        {
            reading.Release();
        }
    }

    /// <summary>A reservation of the station by its number, whatever became of it; null where it suits no such token or is used up.</summary>
    public async Task<HeldReservation?> Late(StationId station, int number, string tokenKey, string? groupId, CancellationToken ct)
    {
        var found = await Read(Columns + " where r.station_id = $1 and r.number = $2 and r.state in ('noShow', 'expired', 'sent', 'active', 'planned')", station, ct, number);
        return found.Select(f => f.Held).FirstOrDefault(h => h.Suits(tokenKey, groupId));
    }

    /// <summary>A session used it up; its change is committed.</summary>
    public void Fulfilled(SessionPlace place, ReservationId id)
    {
        Put(place.StationId, [.. At(place.StationId).Where(r => r.Id != id)]);
        Tell(place.TenantId, place.Identity, id, ReservationState.Fulfilled);
    }

    /// <summary>Tells open pages.</summary>
    public void Tell(TenantId tenant, string station, ReservationId id, ReservationState state)
    {
        if (feed.HasListeners(tenant, Topic))
        {
            feed.Publish(tenant, Topic, new { id, stationId = station, state });
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var station in (await Read(Columns + " where r.state in ('planned', 'sent', 'active')", null, cancellationToken)).GroupBy(r => r.Station))
        {
            Put(station.Key, [.. station.Select(r => r.Held)]);
        }
    }

    public void Dispose() => reading.Dispose();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Put(StationId station, IReadOnlyList<HeldReservation> held)
    {
        if (held.Count > 0)
        {
            open[station] = held;
        }
        else
        {
            open.TryRemove(station, out _);
        }
    }

    private async Task<List<(StationId Station, HeldReservation Held)>> Read(string sql, StationId? station, CancellationToken ct, int? number = null)
    {
        await using var command = dataSource.CreateCommand(sql);
        if (station is { } id)
        {
            command.Parameters.Add(new() { Value = id.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        }

        if (number is { } wanted)
        {
            command.Parameters.Add(new() { Value = wanted });
        }

        var found = new List<(StationId, HeldReservation)>();
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            found.Add((new StationId(row.GetGuid(0)), new HeldReservation(
                new ReservationId(row.GetGuid(1)), row.GetInt32(2), row.Maybe<int>(3) ?? row.Maybe<int>(10), row.GetInt32(4), row.GetString(5), row.Get<string>(6),
                row.GetFieldValue<DateTimeOffset>(7), row.GetFieldValue<DateTimeOffset>(8), row.MaybeTime(9))));
        }

        return found;
    }
}

/// <summary>What the hot path writes of reservations.</summary>
internal static class ReservationTables
{
    /// <summary>A session has begun with it. Whatever was thought of it before (that nobody came), the start is right; what a person cancelled stays cancelled.</summary>
    public static readonly RowTable<Fulfilment> Fulfilled = new(
        "reservation",
        """
        update reservation r set state = 'fulfilled', session_id = n.session, ended_at = n.at, reason = null, due_at = null, leased_until = null, tells_station = false
        from unnest($1, $2, $3) as n (id, session, at)
        where r.id = n.id and r.state not in ('fulfilled', 'cancelled', 'rejected')
        """,
        Column<Fulfilment>.Of(NpgsqlDbType.Uuid, f => f.Reservation.Value),
        Column<Fulfilment>.Of(NpgsqlDbType.Uuid, f => f.Session.Value),
        Column<Fulfilment>.Of(NpgsqlDbType.TimestampTz, f => f.At));

    internal sealed record Fulfilment(ReservationId Reservation, SessionId Session, DateTimeOffset At);
}
