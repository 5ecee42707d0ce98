using Ladewerk.Kernel;
using Ladewerk.Stations;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Sessions.LocalLists;

/// <summary>Reads and writes what is known of a station's list.</summary>
internal sealed class ListStore(NpgsqlDataSource dataSource, TimeProvider time)
{
    private const int LogKept = 50;

    /// <summary>How long a list that is being gone through is hidden from other workers.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    /// <summary>Takes the list for oneself; false where somebody else is at it.</summary>
    public async Task<bool> Take(StationId station, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return await dataSource.Run("update local_list set leased_until = $2 where station_id = $1 and (leased_until is null or leased_until <= $3)", ct, station.Value, now + Lease, now) > 0;
    }

    public async Task<Dictionary<string, ListedToken>> Held(StationId station, CancellationToken ct) => (await dataSource.Rows(
        "select id_token, status, expires_at, group_id from local_list_entry where station_id = $1",
        r => new ListedToken(r.GetString(0), r.GetString(1), r.MaybeTime(2), r.Get<string>(3)),
        ct,
        station.Value)).ToDictionary(t => t.Token, StringComparer.OrdinalIgnoreCase);

    /// <summary>The number of the next message; it is used up whether or not the message arrives.</summary>
    public async Task<int> NextVersion(StationId station, CancellationToken ct) => await dataSource.First(
        "update local_list set last_version = last_version + 1, leased_until = $2 where station_id = $1 returning last_version", r => r.GetInt32(0), ct, station.Value, time.GetUtcNow() + Lease);

    /// <summary>The station said which version it has.</summary>
    /// <param name="isKnown">Whether we know what it holds at that version.</param>
    public Task Reported(StationId station, int version, bool isKnown, CancellationToken ct) => dataSource.Run(
        """
        with gone as (delete from local_list_entry where station_id = $1 and $2 = 0)
        update local_list set station_version = case when $3 then $2 end, last_version = greatest(last_version, $2) where station_id = $1
        """,
        ct,
        station.Value,
        version,
        isKnown);

    /// <summary>What the station holds is not known any more.</summary>
    public Task Forget(StationId station, CancellationToken ct) => dataSource.Run("update local_list set station_version = null where station_id = $1", ct, station.Value);

    /// <summary>The station accepted a message: it holds what the message says, at the message's version.</summary>
    public async Task Accepted(StationId station, int version, ListMessage message, CancellationToken ct)
    {
        await using var connection = await SiteScope.Open(dataSource, ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection, transaction);
        if (message.IsFull)
        {
            batch.BatchCommands.Add(new("delete from local_list_entry where station_id = $1") { Parameters = { new() { Value = station.Value } } });
        }
        else
        {
            batch.BatchCommands.Add(new("delete from local_list_entry where station_id = $1 and upper(id_token) = any($2)")
            {
                Parameters = { new() { Value = station.Value }, Texts(message.Entries.Select(e => e.IdToken.ToUpperInvariant())) },
            });
        }

        var put = message.Entries.Where(e => e.Status is not null).ToList();
        batch.BatchCommands.Add(new("insert into local_list_entry (station_id, id_token, status, expires_at, group_id) select $1, t, s, e, g from unnest($2, $3, $4, $5) as n (t, s, e, g) on conflict do nothing")
        {
            Parameters =
            {
                new() { Value = station.Value },
                Texts(put.Select(e => e.IdToken)),
                Texts(put.Select(e => e.Status)),
                new() { Value = put.Select(e => e.ExpiresAt).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                Texts(put.Select(e => e.GroupId)),
            },
        });
        batch.BatchCommands.Add(new("update local_list set station_version = $2 where station_id = $1") { Parameters = { new() { Value = station.Value }, new() { Value = version } } });
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Keeps an exchange with the station; the oldest are dropped.</summary>
    public Task Log(LocalList list, string kind, int? version, int? entries, string answer, CancellationToken ct) => dataSource.Run(
        """
        with l as (insert into local_list_log (tenant_id, station_id, at, kind, version, entries, answer) values ($1, $2, $3, $4, $5::int, $6::int, $7)),
             o as (delete from local_list_log where station_id = $2 and id <= (select id from local_list_log where station_id = $2 order by id desc offset $8 limit 1))
        update local_list set last_answer = $7, last_answer_at = $3 where station_id = $2
        """,
        ct,
        list.TenantId.Value,
        list.StationId.Value,
        time.GetUtcNow(),
        kind,
        version,
        entries,
        answer,
        LogKept);

    /// <summary>The run is over. What fell due meanwhile stays due.</summary>
    public Task Done(LocalList began, ListEnd end, CancellationToken ct) => dataSource.Run(
        """
        update local_list set state = case when $2 = 'inStep' and due_at is distinct from $11::timestamptz then 'pending' else $2 end, reason = $3, wanted = $4, left_out = $5, capacity = $6::int, chunk = $7::int, failures = $8,
          in_step_at = case when $2 = 'inStep' then $9 else in_step_at end, checked_at = $10, leased_until = null,
          due_at = case when due_at is not distinct from $11::timestamptz then $12::timestamptz else least(due_at, $12::timestamptz) end
        where station_id = $1
        """,
        ct,
        began.StationId.Value,
        System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(end.State.ToString()),
        end.Reason,
        end.Wanted,
        end.LeftOut,
        end.Capacity,
        end.Chunk,
        end.Failures,
        time.GetUtcNow(),
        end.CheckedAt,
        began.DueAt,
        end.DueAt);

    private static NpgsqlParameter Texts(IEnumerable<string?> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}

/// <summary>How a run through a station's list ended.</summary>
/// <param name="CheckedAt">When it began.</param>
/// <param name="DueAt">When to look again; null: when something changes.</param>
internal sealed record ListEnd(LocalListState State, string? Reason, int Failures, DateTimeOffset CheckedAt, DateTimeOffset? DueAt)
{
    public int Wanted { get; init; }
    public int LeftOut { get; init; }
    public int? Capacity { get; init; }
    public int? Chunk { get; init; }
}
