using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Npgsql;

namespace Ladewerk.Sessions.Portal;

/// <summary>What happened during a session, in order: from its row, its readings and the station's connection log.</summary>
internal static class Timeline
{
    public static async Task<IReadOnlyList<TimelineEntry>> Read(NpgsqlDataSource data, ChargingSession session, Curve curve, Texts texts, CancellationToken ct)
    {
        var entries = new List<TimelineEntry>
        {
            new(session.StartedAt, session.Authorisation is "accepted" ? "s-br" : "s-fa", "id-badge-2",
                texts["sessions.happened.token", IdTokenUid.Masked(session.IdToken), texts["sessions.authorisation." + session.Authorisation]]),
            new(session.StartedAt, "s-ch", "bolt", texts["sessions.happened.start", Show.Kwh(session.MeterStartWh.Value, 2)]),
        };
        entries.AddRange(await data.Rows(
            "select at, event from connection_log where station_id = $1 and at between $2 and $3 order by at limit 20",
            r => r.GetString(1) is "connected"
                ? new TimelineEntry(r.GetFieldValue<DateTimeOffset>(0), "s-av", "plug-connected", texts["sessions.happened.connected"])
                : new TimelineEntry(r.GetFieldValue<DateTimeOffset>(0), "s-of", "plug-connected-x", texts["sessions.happened.disconnected"]),
            ct,
            session.StationId.Value,
            session.StartedAt,
            session.EndedAt ?? new DateTimeOffset(9000, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        if (session.EndedAt is { } end)
        {
            if (curve.ChargedUntil is { } until && end - until > TimeSpan.FromMinutes(2))
            {
                entries.Add(new(until, "s-su", "player-pause", texts["sessions.happened.idle"]));
            }

            entries.Add(new(end, "s-av", "flag-check", session.StopReason is { } reason
                ? texts["sessions.happened.endBecause", Show.Kwh(session.EnergyWh.Value, 2), reason]
                : texts["sessions.happened.end", Show.Kwh(session.EnergyWh.Value, 2)]));
        }

        if (session.ReviewedAt is { } reviewed)
        {
            entries.Add(new(reviewed, "s-br", "zoom-question", texts["sessions.happened.reviewed", session.ReviewedBy ?? "–"]));
        }

        return [.. entries.OrderBy(e => e.At)];
    }
}
