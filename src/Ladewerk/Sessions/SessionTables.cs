using Ladewerk.Kernel;
using Ladewerk.Stations;
using Ladewerk.Tariffs;
using NpgsqlTypes;

namespace Ladewerk.Sessions;

/// <summary>What the hot path writes of sessions.</summary>
internal static class SessionTables
{
    public static readonly RowTable<NewSession> Begin = new(
        "charging_session",
        """
        insert into charging_session (id, tenant_id, station_id, site_id, evse_number, connector_number, transaction_id, start_key, id_token, id_token_key,
          id_token_id, driver_id, billing_account_id, authorisation, started_at, station_started_at, phase, meter_start_wh, tariff_id, tariff_version,
          time_zone, needs_review, review_reasons, created_at, reservation_id, energy_factor, contract_id, tariff_group, cost_centre, reimbursement_per_kwh,
          next_tariff_at, next_tariff_id, next_tariff_version, watch_at)
        select id, tenant_id, station_id, site_id, evse_number, connector_number, transaction_id, start_key, id_token, id_token_key,
          id_token_id, driver_id, billing_account_id, authorisation, started_at, station_started_at, phase, meter_start_wh, tariff_id, tariff_version,
          time_zone, reasons <> '', coalesce(string_to_array(nullif(reasons, ''), ','), '{}'), created_at, reservation_id, energy_factor,
          contract_id, tariff_group, cost_centre, reimbursement_per_kwh, next_tariff_at, next_tariff_id, next_tariff_version, watch_at
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
          as n (id, tenant_id, station_id, site_id, evse_number, connector_number, transaction_id, start_key, id_token, id_token_key, id_token_id, driver_id,
            billing_account_id, authorisation, started_at, station_started_at, phase, meter_start_wh, tariff_id, tariff_version, time_zone, reasons, created_at, reservation_id, energy_factor, contract_id, tariff_group,
            cost_centre, reimbursement_per_kwh, next_tariff_at, next_tariff_id, next_tariff_version, watch_at)
        """,
        Column<NewSession>.Of(NpgsqlDbType.Uuid, n => n.Session.Id.Value),
        Column<NewSession>.Of(NpgsqlDbType.Uuid, n => n.Place.TenantId.Value),
        Column<NewSession>.Of(NpgsqlDbType.Uuid, n => n.Place.StationId.Value),
        Column<NewSession>.Of(NpgsqlDbType.Uuid, n => n.Place.SiteId?.Value),
        Column<NewSession>.Of(NpgsqlDbType.Integer, n => n.Session.EvseNumber),
        Column<NewSession>.Of(NpgsqlDbType.Integer, n => n.Session.ConnectorNumber),
        Column<NewSession>.Of(NpgsqlDbType.Bigint, n => n.Session.TransactionId),
        Column<NewSession>.Of(NpgsqlDbType.Bigint, n => n.Session.StartKey),
        Column<NewSession>.Of(NpgsqlDbType.Text, n => n.Session.IdToken),
        Column<NewSession>.Of(NpgsqlDbType.Text, n => n.Session.IdTokenKey),
        Column<NewSession>.Of(NpgsqlDbType.Uuid, n => n.Token?.Id.Value),
        Column<NewSession>.Of(NpgsqlDbType.Uuid, n => n.Token?.DriverId?.Value),
        Column<NewSession>.Of(NpgsqlDbType.Uuid, n => n.Token?.BillingAccountId?.Value),
        Column<NewSession>.Of(NpgsqlDbType.Text, n => n.Session.Authorisation.Name()),
        Column<NewSession>.Of(NpgsqlDbType.TimestampTz, n => n.Session.StartedAt),
        Column<NewSession>.Of(NpgsqlDbType.TimestampTz, n => n.Session.StationStartedAt),
        Column<NewSession>.Of(NpgsqlDbType.Text, n => n.Session.Phase.Name()),
        Column<NewSession>.Of(NpgsqlDbType.Bigint, n => n.Session.MeterStart.Value),
        Column<NewSession>.Of(NpgsqlDbType.Uuid, n => n.Tariff.TariffId),
        Column<NewSession>.Of(NpgsqlDbType.Integer, n => n.Tariff.Version),
        Column<NewSession>.Of(NpgsqlDbType.Text, n => n.Session.TimeZone),
        Column<NewSession>.Of(NpgsqlDbType.Text, n => string.Join(',', n.Session.Findings)),
        Column<NewSession>.Of(NpgsqlDbType.TimestampTz, n => n.CreatedAt),
        Column<NewSession>.Of(NpgsqlDbType.Uuid, n => n.Session.ReservationId?.Value),
        Column<NewSession>.Of(NpgsqlDbType.Numeric, n => (decimal?)n.Session.EnergyFactor),
        Column<NewSession>.Of(NpgsqlDbType.Uuid, n => n.Session.ContractId),
        Column<NewSession>.Of(NpgsqlDbType.Text, n => n.Session.GroupId),
        Column<NewSession>.Of(NpgsqlDbType.Text, n => n.Token?.Contract?.CostCentre),
        Column<NewSession>.Of(NpgsqlDbType.Numeric, n => n.Token?.Contract?.ReimbursementPerKwh),
        Column<NewSession>.Of(NpgsqlDbType.TimestampTz, n => n.Session.NextTariffAt),
        Column<NewSession>.Of(NpgsqlDbType.Uuid, n => n.Next?.TariffId),
        Column<NewSession>.Of(NpgsqlDbType.Integer, n => n.Next?.Version),
        Column<NewSession>.Of(NpgsqlDbType.TimestampTz, n => n.WatchAt));

    /// <summary>The end, or an ended session's late change. A review that a person has closed opens again when something new was found.</summary>
    public static readonly RowTable<RunningSession> End = new(
        "charging_session",
        """
        update charging_session s set state = 'ended', phase = 'ended', ended_at = n.ended_at, meter_stop_wh = n.meter_stop, energy_wh = n.energy,
          power_w = 0, cost_total = coalesce(n.cost, s.cost_total), stop_reason = n.reason, stop_token = n.token, soc = coalesce(n.soc, s.soc), last_sample_at = coalesce(n.last_sample_at, s.last_sample_at),
          needs_review = n.reasons <> '' and (s.needs_review or n.reasons <> array_to_string(s.review_reasons, ',')),
          review_reasons = coalesce(string_to_array(nullif(n.reasons, ''), ','), '{}')
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as n (id, ended_at, meter_stop, energy, reason, token, soc, last_sample_at, reasons, cost)
        where s.id = n.id
        """,
        Column<RunningSession>.Of(NpgsqlDbType.Uuid, s => s.Id.Value),
        Column<RunningSession>.Of(NpgsqlDbType.TimestampTz, s => s.EndedAt),
        Column<RunningSession>.Of(NpgsqlDbType.Bigint, s => s.MeterStop?.Value),
        Column<RunningSession>.Of(NpgsqlDbType.Bigint, s => s.Energy.Value),
        Column<RunningSession>.Of(NpgsqlDbType.Text, s => s.StopReason),
        Column<RunningSession>.Of(NpgsqlDbType.Text, s => s.StopToken),
        Column<RunningSession>.Of(NpgsqlDbType.Numeric, s => s.Soc is { } soc ? (decimal?)Math.Round((decimal)soc, 1) : null),
        Column<RunningSession>.Of(NpgsqlDbType.TimestampTz, s => s.LastSampleAt),
        Column<RunningSession>.Of(NpgsqlDbType.Text, s => string.Join(',', s.Findings)),
        Column<RunningSession>.Of(NpgsqlDbType.Numeric, s => s.CostSoFar));

    /// <summary>
    /// The live values of running sessions, written about once a second. They can be computed again from the samples, so the answer
    /// to a reading need not wait for them. A session that is just being ended is skipped: this statement waits for nobody, so it is in no deadlock.
    /// </summary>
    public static readonly RowTable<RunningSession> Live = new(
        "charging_session",
        """
        update charging_session s set phase = n.phase, energy_wh = n.energy, power_w = n.power, cost_total = coalesce(n.cost, s.cost_total), soc = coalesce(n.soc, s.soc), last_sample_at = n.last_sample_at,
          needs_review = n.reasons <> '' and (s.needs_review or n.reasons <> array_to_string(s.review_reasons, ',')),
          review_reasons = coalesce(string_to_array(nullif(n.reasons, ''), ','), '{}')
        from unnest($1, $2, $3, $4, $5, $6, $7, $8) as n (id, phase, energy, power, soc, last_sample_at, reasons, cost)
        where s.id = n.id
          and s.id in (select id from charging_session where id = any($1) and state = 'active' for update skip locked)
        """,
        Column<RunningSession>.Of(NpgsqlDbType.Uuid, s => s.Id.Value),
        Column<RunningSession>.Of(NpgsqlDbType.Text, s => s.Phase.Name()),
        Column<RunningSession>.Of(NpgsqlDbType.Bigint, s => s.Energy.Value),
        Column<RunningSession>.Of(NpgsqlDbType.Bigint, s => s.Power?.Value),
        Column<RunningSession>.Of(NpgsqlDbType.Numeric, s => s.Soc is { } soc ? (decimal?)Math.Round((decimal)soc, 1) : null),
        Column<RunningSession>.Of(NpgsqlDbType.TimestampTz, s => s.LastSampleAt),
        Column<RunningSession>.Of(NpgsqlDbType.Text, s => string.Join(',', s.Findings)),
        Column<RunningSession>.Of(NpgsqlDbType.Numeric, s => s.CostSoFar));

    public static readonly RowTable<NewReviewItem> Review = new(
        "review_item",
        "insert into review_item (id, tenant_id, station_id, session_id, kind, at, detail) select * from unnest($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        Column<NewReviewItem>.Of(NpgsqlDbType.Uuid, r => r.Id),
        Column<NewReviewItem>.Of(NpgsqlDbType.Uuid, r => r.TenantId.Value),
        Column<NewReviewItem>.Of(NpgsqlDbType.Uuid, r => r.StationId.Value),
        Column<NewReviewItem>.Of(NpgsqlDbType.Uuid, r => r.SessionId?.Value),
        Column<NewReviewItem>.Of(NpgsqlDbType.Text, r => r.Kind),
        Column<NewReviewItem>.Of(NpgsqlDbType.TimestampTz, r => r.At),
        Column<NewReviewItem>.Of(NpgsqlDbType.Jsonb, r => r.Detail));

    public static readonly CopyTable Samples = new(
        "meter_sample",
        "received_at", "tenant_id", "station_id", "connector", "session_id", "at", "station_at", "context", "phase", "energy_wh", "power_w",
        "l1_a", "l2_a", "l3_a", "l1_v", "l2_v", "l3_v", "soc", "offered_a", "more", "key");

    public static void AddSample(this Change change, SessionPlace place, int connector, RunningSession? session, DateTimeOffset receivedAt, DateTimeOffset at, MeterSample sample)
    {
        var row = change.Append(Samples).Time(receivedAt).Uuid(place.TenantId.Value).Uuid(place.StationId.Value).Int(connector);
        row = (session is null ? row.Null() : row.Uuid(session.Id.Value)).Time(at).Time(sample.StationAt).Text(sample.Context).Text(session?.Phase.Name());
        row.Long(sample.Energy?.Value).Long(sample.Power?.Value)
            .Real(sample.L1A).Real(sample.L2A).Real(sample.L3A).Real(sample.L1V).Real(sample.L2V).Real(sample.L3V)
            .Real(sample.Soc).Real(sample.OfferedA).Json(sample.More).Long(sample.Key);
    }

    internal sealed record NewSession(RunningSession Session, SessionPlace Place, KnownToken? Token, ResolvedTariff Tariff, ResolvedTariff? Next, DateTimeOffset? WatchAt, DateTimeOffset CreatedAt);

    internal sealed record NewReviewItem(Guid Id, TenantId TenantId, StationId StationId, SessionId? SessionId, string Kind, DateTimeOffset At, string Detail);
}
