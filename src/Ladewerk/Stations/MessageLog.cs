using System.Globalization;
using System.Text;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Ladewerk.Stations;

/// <summary>A message as it went over the socket.</summary>
/// <param name="Direction">in: from the station; out: to it.</param>
/// <param name="Payload">JSON, or the text as it came where it is none.</param>
/// <param name="Verdict">ok, lenient, or what was wrong with it.</param>
public sealed record MessageView(DateTimeOffset At, string Direction, string? MessageId, string? Action, JsonElement Payload, string Verdict);

/// <summary><c>GET /stations/{id}/messages</c>: the log keeps a call and its answer in one row; here they are two messages.</summary>
internal static class MessageLog
{
    private const string Sql = """
        select received_at, direction = 'I', message_id, action, payload, verdict, answer, answered_at
        from station_message
        where station_id = $1 and tenant_id = $2 and received_at >= $3 and received_at < $4 and ($5::text is null or action = $5)
          and (received_at, coalesce(message_id, '')) < ($6, $7)
        order by received_at desc, coalesce(message_id, '') desc
        limit $8
        """;

    public static void MapMessages(this RouteGroupBuilder stations) => stations
        .MapGet("/{id}/messages", List).RequirePermission(Permission.StationsRead)
        .WithSummary("Messages in and out, newest first").WithDescription("`limit` counts calls; each brings its answer along.");

    private static async Task<Results<Ok<Page<MessageView>>, ProblemHttpResult>> List(
        string id, DateTimeOffset? from, DateTimeOffset? to, string? action, int? limit, string? cursor, StationReader stations, TenantContext tenant, NpgsqlDataSource database, CancellationToken ct)
    {
        if (await stations.Find(id, ct) is not { } station)
        {
            return Api.NoSuchStation();
        }

        var count = Paging.Limit(limit);
        var (beforeAt, beforeId) = Position(Paging.Decode(cursor));
        await using var connection = await SiteScope.Open(database, ct);
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new() { Value = station.Id.Value });
        command.Parameters.Add(new() { Value = tenant.Current.Value });
        command.Parameters.Add(new() { Value = (from ?? DateTimeOffset.UnixEpoch).ToUniversalTime() });
        command.Parameters.Add(new() { Value = (to ?? Latest).ToUniversalTime() });
        command.Parameters.Add(new() { Value = (object?)action ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = beforeAt });
        command.Parameters.Add(new() { Value = beforeId });
        command.Parameters.Add(new() { Value = count + 1 });
        var rows = new List<Exchange>();
        await using var row = await command.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            rows.Add(Read(row));
        }

        var page = Paging.Of(rows, count, r => string.Create(CultureInfo.InvariantCulture, $"{r.At.UtcTicks} {r.MessageId}"));
        return TypedResults.Ok(new Page<MessageView>([.. page.Items.SelectMany(Messages).OrderByDescending(m => m.At)], page.NextCursor));
    }

    private static readonly DateTimeOffset Latest = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static (DateTimeOffset At, string MessageId) Position(string? cursor) =>
        cursor?.Split(' ', 2) is [var ticks, var id] && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= Latest.UtcTicks
            ? (new DateTimeOffset(at, TimeSpan.Zero), id)
            : (Latest, "");

    private static IEnumerable<MessageView> Messages(Exchange e)
    {
        // The later one first: the list is ordered newest first, and a stable sort keeps an answer of the same instant above its call.
        if (e.Answer is { } answer)
        {
            yield return new(e.AnsweredAt ?? e.At, e.FromStation ? "out" : "in", e.MessageId, e.Action, Json(answer), "ok");
        }

        yield return new(e.At, e.FromStation ? "in" : "out", e.MessageId, e.Action, Json(e.Payload), e.Verdict);
    }

    private static Exchange Read(NpgsqlDataReader row) => new(
        row.GetFieldValue<DateTimeOffset>(0), row.GetBoolean(1), row.IsDBNull(2) ? null : row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3),
        row.GetFieldValue<byte[]>(4), row.GetString(5), row.IsDBNull(6) ? null : row.GetFieldValue<byte[]>(6), row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7));

    private static JsonElement Json(byte[] payload)
    {
        try
        {
            return JsonDocument.Parse(payload).RootElement;
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(Encoding.UTF8.GetString(payload));
        }
    }

    private sealed record Exchange(
        DateTimeOffset At, bool FromStation, string? MessageId, string? Action, byte[] Payload, string Verdict, byte[]? Answer, DateTimeOffset? AnsweredAt);
}
