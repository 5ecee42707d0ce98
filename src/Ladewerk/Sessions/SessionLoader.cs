using Ladewerk.Kernel;
using Ladewerk.Stations;
using Ladewerk.Tariffs;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Sessions;

/// <summary>Reads a station's sessions from the database into memory, after a connect, a restart or a failed commit.</summary>
public sealed class SessionLoader(NpgsqlDataSource dataSource, TariffResolver tariffs)
{
    private const string Columns = """
        select s.id, s.transaction_id, s.connector_number, s.evse_number, s.start_key, s.id_token, s.id_token_key, s.authorisation, s.started_at,
               s.station_started_at, s.meter_start_wh, s.phase, s.soc, s.last_sample_at, s.ended_at, s.meter_stop_wh, s.energy_wh, s.stop_reason, s.stop_token,
               s.review_reasons, s.tariff_id, s.tariff_version, s.time_zone, s.tariff_group, s.contract_id, s.energy_factor,
               s.next_tariff_at, s.next_tariff_id, s.next_tariff_version, g.grants, g.remaining, s.watch_at is not null
        from charging_session s
        left join code_use u on u.session_id = s.id
        left join charge_code g on g.id = u.code_id
        """;

    private const string TrailSql = """
        select at, energy_wh, power_w, phase, key from meter_sample where session_id = $1 order by received_at, at
        """;

    /// <summary>All running sessions of the station and the last that ended.</summary>
    public async Task<StationSessions> Reload(StationSessions former, CancellationToken ct)
    {
        var latest = await Read(Columns + " where s.station_id = $1 order by s.state = 'active' desc, s.created_at desc limit $2", former.Place.StationId, StationSessions.Remembered + 1, ct);
        var station = former.Empty(isWholeHistory: latest.Count <= StationSessions.Remembered);
        foreach (var session in latest.OrderBy(s => s.Id.Value))
        {
            station.Put(session.IsActive ? await Replayed(station, session, ct) : session);
        }

        return station;
    }

    /// <summary>An older session by its natural key.</summary>
    internal async Task<RunningSession?> ByStartKey(StationSessions station, long startKey, CancellationToken ct) =>
        (await Read(Columns + " where s.station_id = $1 and s.start_key = $2", station.Place.StationId, startKey, ct)).FirstOrDefault();

    /// <summary>An older session of this station by its transaction id.</summary>
    internal async Task<RunningSession?> ByTransaction(StationSessions station, long transactionId, CancellationToken ct) =>
        (await Read(Columns + " where s.station_id = $1 and s.transaction_id = $2", station.Place.StationId, transactionId, ct)).FirstOrDefault();

    /// <summary>The readings of a session.</summary>
    internal async Task<SampleTrail> Trail(RunningSession session, CancellationToken ct)
    {
        var trail = new SampleTrail();
        foreach (var (at, energy, power, phase, key) in await Samples(session.Id, ct))
        {
            trail.Add(key, new TrailPoint(at, energy is { } reading ? Math.Max(0, reading - session.MeterStart.Value) : null, power, phase));
        }

        return trail;
    }

    /// <summary>The readings of any session, with its energy at each.</summary>
    internal async Task<SampleTrail> Points(SessionId id, WattHours meterStart, DateTimeOffset startedAt, CancellationToken ct)
    {
        var register = EnergyRegister.Begin(meterStart, startedAt);
        var trail = new SampleTrail();
        foreach (var (at, energy, power, phase, key) in await Samples(id, ct))
        {
            (register, _) = energy is { } reading ? register.Read(new WattHours(reading), at, StationSessions.Unbounded) : (register, null);
            trail.Add(key, new TrailPoint(at, energy is null ? null : register.Energy.Value, power, phase));
        }

        return trail;
    }

    /// <summary>Energy and trail are computed again from the readings: the row's live values may be a second old.</summary>
    private async Task<RunningSession> Replayed(StationSessions station, RunningSession session, CancellationToken ct)
    {
        var trail = new SampleTrail();
        var register = EnergyRegister.Begin(session.MeterStart, session.StartedAt);
        var next = session;
        foreach (var (at, energy, power, phase, key) in await Samples(session.Id, ct))
        {
            if (energy is { } reading)
            {
                (register, var finding) = station.Read(register, session, new WattHours(reading), at);
                next = next.Found(finding);
            }

            next = next with { LastSampleAt = at > next.LastSampleAt || next.LastSampleAt is null ? at : next.LastSampleAt, Phase = phase, Power = power is { } w ? new Watts(w) : next.Power };
            trail.Add(key, new TrailPoint(at, energy is null ? null : register.Energy.Value, power, phase));
        }

        return next with { Register = register, Trail = trail };
    }

    private async Task<List<(DateTimeOffset At, long? Energy, long? Power, SessionPhase Phase, long Key)>> Samples(SessionId session, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(TrailSql);
        command.Parameters.Add(new() { Value = session.Value });
        await using var row = await command.ExecuteReaderAsync(ct);
        var samples = new List<(DateTimeOffset, long?, long?, SessionPhase, long)>();
        while (await row.ReadAsync(ct))
        {
            samples.Add((
                row.GetFieldValue<DateTimeOffset>(0),
                row.IsDBNull(1) ? null : row.GetInt64(1),
                row.IsDBNull(2) ? null : row.GetInt64(2),
                row.IsDBNull(3) ? SessionPhase.Charging : Enum.Parse<SessionPhase>(row.GetString(3), ignoreCase: true),
                row.GetInt64(4)));
        }

        return samples;
    }

    private async Task<List<RunningSession>> Read(string sql, StationId station, object argument, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = station.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = argument });
        var sessions = new List<(RunningSession Session, Guid? Tariff, int? Version, (Guid Id, int Version)? Next)>();
        await using (var row = await command.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct))
            {
                sessions.Add((Session(row), row.IsDBNull(20) ? null : row.GetGuid(20), row.IsDBNull(21) ? null : row.GetInt32(21), row.IsDBNull(27) ? null : (row.GetGuid(27), row.GetInt32(28))));
            }
        }

        var complete = new List<RunningSession>(sessions.Count);
        foreach (var (session, tariff, version, next) in sessions)
        {
            complete.Add(session.IsActive && tariff is { } id && version is { } v ? session with { Tariff = await tariffs.Document(id, v, ct), NextTariff = next is { } other ? await tariffs.Document(other.Id, other.Version, ct) : null } : session);
        }

        return complete;
    }

    private static RunningSession Session(NpgsqlDataReader row)
    {
        var meterStart = new WattHours(row.GetInt64(10));
        var startedAt = row.GetFieldValue<DateTimeOffset>(8);
        var energy = new WattHours(row.GetInt64(16));
        DateTimeOffset? endedAt = row.IsDBNull(14) ? null : row.GetFieldValue<DateTimeOffset>(14);
        return new RunningSession
        {
            Id = new SessionId(row.GetGuid(0)),
            TransactionId = row.GetInt64(1),
            ConnectorNumber = row.GetInt32(2),
            EvseNumber = row.GetInt32(3),
            StartKey = row.GetInt64(4),
            IdToken = row.GetString(5),
            IdTokenKey = row.GetString(6),
            Authorisation = Enum.Parse<AuthorisationStatus>(row.GetString(7), ignoreCase: true),
            StartedAt = startedAt,
            StationStartedAt = row.IsDBNull(9) ? null : row.GetFieldValue<DateTimeOffset>(9),
            MeterStart = meterStart,
            EnergyFactor = row.GetDecimal(25),
            Register = Ended(meterStart, energy, startedAt, endedAt, row.IsDBNull(15) ? null : new WattHours(row.GetInt64(15))),
            Phase = Enum.Parse<SessionPhase>(row.GetString(11), ignoreCase: true),
            Soc = row.IsDBNull(12) ? null : (float)row.GetDecimal(12),
            LastSampleAt = row.IsDBNull(13) ? null : row.GetFieldValue<DateTimeOffset>(13),
            EndedAt = endedAt,
            MeterStop = row.IsDBNull(15) ? null : new WattHours(row.GetInt64(15)),
            StopReason = row.IsDBNull(17) ? null : row.GetString(17),
            StopToken = row.IsDBNull(18) ? null : row.GetString(18),
            Findings = row.GetFieldValue<string[]>(19),
            TimeZone = row.GetString(22),
            GroupId = row.IsDBNull(23) ? null : row.GetString(23),
            ContractId = row.IsDBNull(24) ? null : row.GetGuid(24),
            NextTariffAt = row.MaybeTime(26),
            Credit = row.Get<string>(29) is { } grants and not ("stay" or "card") ? new CodeCredit(grants, row.GetDecimal(30)) : null,
            KeepsCost = row.GetBoolean(31),
        };
    }

    /// <summary>The register of an ended session, so that a later final reading continues it: its last reading, and the energy that led there.</summary>
    private static EnergyRegister Ended(WattHours meterStart, WattHours energy, DateTimeOffset startedAt, DateTimeOffset? endedAt, WattHours? meterStop)
    {
        var last = meterStop is { } stop && stop > meterStart + energy ? stop : meterStart + energy;
        return new EnergyRegister(last, last, energy, startedAt, endedAt ?? startedAt, Measured: true);
    }
}
