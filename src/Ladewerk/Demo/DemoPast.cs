using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Demo;

/// <summary>
/// Writes the sessions of the past weeks with their readings. Each is announced as ended by the outbox, so that the usual way
/// prices it and makes its charge detail record.
/// </summary>
internal sealed class DemoPast(LadewerkDb db, TenantContext context, TransactionIds ids, TariffResolver tariffs, TimeProvider time)
{
    private static readonly TimeSpan Span = TimeSpan.FromDays(35);

    /// <summary>Where the register of each connector stands, by station and connector.</summary>
    public async Task<Dictionary<(string Station, int Connector), long>> Registers(CancellationToken ct)
    {
        var rows = await db.Set<ChargingSession>()
            .GroupBy(s => new { s.Station!.Identity, s.ConnectorNumber })
            .Select(g => new { g.Key.Identity, g.Key.ConnectorNumber, Wh = g.Max(s => s.MeterStopWh ?? s.MeterStartWh) })
            .ToListAsync(ct);
        return rows.ToDictionary(r => (r.Identity, r.ConnectorNumber), r => r.Wh.Value);
    }

    public async Task Write(CancellationToken ct)
    {
        // The same past for the same day, whenever it is made.
        var today = new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var history = new DemoHistory(new Random(20_260_101));
        var sessions = DemoPlaces.Sites
            .SelectMany(site => site.Stations.SelectMany(station => Enumerable.Range(1, station.Points)
                .SelectMany(point => history.Of(station, point, site.Access == "private", today - Span, time.GetUtcNow().AddMinutes(-5)).Sessions)))
            .OrderBy(s => s.StartedAt)
            .ToList();
        var stations = await db.Set<ChargingStation>().ToDictionaryAsync(s => s.Identity, StringComparer.Ordinal, ct);
        var tokens = await db.Set<IdToken>().ToDictionaryAsync(t => t.UidKey, StringComparer.Ordinal, ct);
        var drivers = await db.Set<Driver>().ToDictionaryAsync(d => d.Id, ct);

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var written = new List<(PastSession Past, ChargingSession Row)>(sessions.Count);
        foreach (var session in sessions)
        {
            var token = tokens[IdTokenUid.Key(session.Driver.Uid)];
            written.Add((session, await Row(session, stations[session.Station.Identity], token, drivers[token.DriverId!.Value], ct)));
        }

        db.AddRange(written.Select(w => w.Row));
        await db.SaveChangesAsync(ct);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await WriteReadings(connection, written, ct);
        foreach (var (_, row) in written)
        {
            await Outbox.Publish(connection, row.TenantId, new SessionEnded(row.Id), ct);
        }

        await transaction.CommitAsync(ct);
    }

    private async Task<ChargingSession> Row(PastSession session, ChargingStation station, IdToken token, Driver driver, CancellationToken ct)
    {
        var tariff = await tariffs.Resolve(
            new TariffQuestion(context.Current, null, token.GroupId, DemoPlaces.EvseId(session.Station, session.Point), station.Identity, station.SiteId?.Value), ct);
        var isByVehicle = session.Readings is [.., { PowerW: 0 }];
        return new ChargingSession
        {
            TenantId = context.Current,
            StationId = station.Id,
            SiteId = station.SiteId,
            EvseNumber = session.Point,
            ConnectorNumber = session.Point,
            TransactionId = await ids.Next(ct),
            StartKey = new StableHash().Add(session.Point).Add(token.UidKey).Add(session.StartedAt.UtcTicks).Add(session.MeterStartWh).Value,
            IdToken = token.Uid,
            IdTokenKey = token.UidKey,
            IdTokenId = token.Id,
            DriverId = driver.Id,
            BillingAccountId = driver.BillingAccountId,
            Authorisation = "accepted",
            StartedAt = session.StartedAt,
            StationStartedAt = session.StartedAt,
            EndedAt = session.EndedAt,
            State = SessionState.Ended,
            Phase = SessionPhase.Ended,
            MeterStartWh = new WattHours(session.MeterStartWh),
            MeterStopWh = new WattHours(session.MeterStartWh + session.EnergyWh),
            EnergyWh = new WattHours(session.EnergyWh),
            PowerW = new Watts(0),
            Soc = session.Readings is [.., { Soc: { } soc }] ? (decimal)soc : null,
            LastSampleAt = session.Readings is [.., var last] ? last.At : null,
            StopReason = isByVehicle ? "EVDisconnected" : "Local",
            StopToken = isByVehicle ? null : token.Uid,
            TariffId = tariff.TariffId,
            TariffVersion = tariff.Version,
            TimeZone = "Europe/Berlin",
            CreatedAt = session.StartedAt,
        };
    }

    private async Task WriteReadings(NpgsqlConnection connection, List<(PastSession Past, ChargingSession Row)> sessions, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            "copy meter_sample (received_at, tenant_id, station_id, connector, session_id, at, station_at, context, phase, energy_wh, power_w, soc, l1_a, l2_a, l3_a, key) from stdin (format binary)", ct);
        foreach (var (past, row) in sessions)
        {
            foreach (var reading in past.Readings)
            {
                await copy.StartRowAsync(ct);
                await copy.WriteAsync(reading.At, NpgsqlDbType.TimestampTz, ct);
                await copy.WriteAsync(context.Current.Value, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(row.StationId.Value, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(past.Point, NpgsqlDbType.Integer, ct);
                await copy.WriteAsync(row.Id.Value, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(reading.At, NpgsqlDbType.TimestampTz, ct);
                await copy.WriteAsync(reading.At, NpgsqlDbType.TimestampTz, ct);
                await copy.WriteAsync("Sample.Periodic", NpgsqlDbType.Text, ct);
                await copy.WriteAsync(reading.Phase.Name(), NpgsqlDbType.Text, ct);
                await copy.WriteAsync(past.MeterStartWh + reading.EnergyWh, NpgsqlDbType.Bigint, ct);
                await copy.WriteAsync(reading.PowerW, NpgsqlDbType.Bigint, ct);
                await (reading.Soc is { } soc ? copy.WriteAsync(soc, NpgsqlDbType.Real, ct) : copy.WriteNullAsync(ct));
                var phases = reading.PowerW is > 0 and <= 7_400 && !past.Station.IsDc ? 1 : 3;
                for (var line = 0; line < 3; line++)
                {
                    await copy.WriteAsync(line < phases ? reading.PowerW / 230f / phases : 0f, NpgsqlDbType.Real, ct);
                }

                await copy.WriteAsync(new StableHash().Add(reading.At.UtcTicks).Add(reading.EnergyWh).Value, NpgsqlDbType.Bigint, ct);
            }
        }

        await copy.CompleteAsync(ct);
    }
}
