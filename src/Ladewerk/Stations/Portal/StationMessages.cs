using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Stations.Protocol;
using Npgsql;

namespace Ladewerk.Stations.Portal;

/// <summary>What a message log is narrowed to.</summary>
/// <param name="Direction">in, out or null.</param>
/// <param name="Notable">Only what was not as the standard has it.</param>
/// <param name="Action">One action, or null for all but heartbeats; "*" is all.</param>
/// <param name="Text">Part of the payload or of the message id.</param>
/// <param name="Before">Older than this moment.</param>
public sealed record MessageFilter(string? Direction, bool Notable, string? Action, string? Text, DateTimeOffset? Before)
{
    public const int Size = 60;
}

/// <summary>Reads the message log of a station.</summary>
internal static class StationMessages
{
    private const string Columns =
        "received_at, direction = 'I', message_id, coalesce(action, ''), payload, verdict, answer, answered_at";

    private const string Narrowed = """
         from station_message where station_id = $1 and ($2::text is null or direction::text = $2)
           and (not $3 or verdict <> 'ok') and ($4::text is null or action = $4) and (not $5 or action is distinct from 'Heartbeat')
           and ($6::text is null or message_id = $6 or position(convert_to($6, 'UTF8') in payload) > 0)
           and ($7::timestamptz is null or received_at < $7)
        """;

    public static Task<List<LoggedCall>> Read(NpgsqlDataSource data, Guid station, MessageFilter filter, int limit, CancellationToken ct) => data.Rows(
        "select " + Columns + Narrowed + " order by received_at desc limit $8",
        Message,
        ct,
        station,
        filter.Direction switch { "in" => "I", "out" => "O", _ => null },
        filter.Notable,
        string.IsNullOrEmpty(filter.Action) || filter.Action is "*" ? null : filter.Action,
        string.IsNullOrEmpty(filter.Action),
        string.IsNullOrWhiteSpace(filter.Text) ? null : filter.Text.Trim(),
        filter.Before,
        limit);

    /// <summary>The actions seen lately, for the filter.</summary>
    public static Task<List<string>> Actions(NpgsqlDataSource data, Guid station, CancellationToken ct) => data.Rows(
        "select distinct action from (select action from station_message where station_id = $1 order by received_at desc limit 2000) m where action is not null order by 1",
        r => r.GetString(0),
        ct,
        station);

    public static Task<LoggedCall?> One(NpgsqlDataSource data, Guid station, DateTimeOffset at, string? messageId, CancellationToken ct) => data.First(
        "select " + Columns + " from station_message where station_id = $1 and received_at = $2 and message_id is not distinct from $3 limit 1", Message, ct, station, at, messageId);

    /// <inheritdoc cref="LoggedCall.Json"/>
    public static JsonElement? Payload(string? text) => LoggedCall.Json(text);

    // What came may be no UTF-8 at all: it is shown as far as it can be.
    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    private static LoggedCall Message(NpgsqlDataReader r) => new(
        r.GetFieldValue<DateTimeOffset>(0), r.GetBoolean(1), r.Get<string>(2), r.GetString(3), Text(r.GetFieldValue<byte[]>(4)), r.GetString(5), r.Get<byte[]>(6) is { } answer ? Text(answer) : null, r.MaybeTime(7));
}
