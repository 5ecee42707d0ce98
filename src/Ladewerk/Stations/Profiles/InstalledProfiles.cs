using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Stations.Profiles;

/// <summary>A charging profile that a station has accepted from us.</summary>
/// <param name="SessionStartedAt">When the session that it is for began; null where it is for none, or none runs.</param>
public sealed record InstalledProfile(SetChargingProfile Profile, DateTimeOffset SetAt, string SetBy, DateTimeOffset? SessionStartedAt = null);

/// <summary>
/// Remembers which charging profiles stations hold by our doing: what they accepted, and what they were told to forget. A station replaces a
/// profile by one with the same id, or with the same place, purpose and level (OCPP 1.6 §3.13.2, 2.0.1 K01).
/// </summary>
public sealed class InstalledProfiles(NpgsqlDataSource data, TenantContext tenant, Actor actor, TimeProvider time)
{
    /// <summary>Ids of the profiles by which static limits are set: this for the station, this and its number for a connector.</summary>
    public const int LimitProfileId = 1000;

    /// <summary>
    /// What a static limit is in profiles: for the station as a whole its maximum, for a connector the default of its transactions. Both outlive a
    /// transaction, so the fuse is safe without us.
    /// </summary>
    public static Command OfLimit(Limit limit, DateTimeOffset now)
    {
        var connector = limit.ConnectorNumber ?? 0;
        var purpose = connector == 0 ? ProfilePurpose.StationMaximum : ProfilePurpose.TransactionDefault;
        return (limit.MaxA ?? limit.MaxW) is { } most
            ? new SetChargingProfile(connector, LimitProfileId + connector, 0, purpose, InWatts: limit.MaxA is null, [new SchedulePeriod(0, most)], Start: now)
            : new ClearChargingProfile(LimitProfileId + connector);
    }

    /// <summary>Keeps what an accepted command has changed.</summary>
    public async Task Follow(StationId station, Command command, CommandResult result, CancellationToken ct)
    {
        if (result is not CommandResult.Answered { Status: "Accepted" })
        {
            return;
        }

        var now = time.GetUtcNow();
        switch (command is Limit limit ? OfLimit(limit, now) : command)
        {
            case SetChargingProfile set:
                await Put(station, set, now, ct);
                break;
            case RemoteStart { Profile: { } profile } start:
                await Put(station, profile with { ConnectorNumber = start.ConnectorNumber ?? profile.ConnectorNumber }, now, ct);
                break;
            case ClearChargingProfile clear:
                await Remove(station, clear, ct);
                break;
        }
    }

    /// <summary>What the station holds, the highest level first. Profiles of transactions that are over are gone with them (OCPP 1.6 §3.13.1).</summary>
    public Task<List<InstalledProfile>> Of(StationId station, CancellationToken ct) => data.Rows(
        """
        select p.profile, p.set_at, p.set_by, g.started_at
        from station_profile p
        left join lateral (select s.started_at from charging_session s
          where s.station_id = p.station_id and s.state = 'active' and p.purpose = 'transaction' and s.connector_number = p.connector
            and coalesce((p.profile->>'transactionId')::bigint = s.transaction_id, s.created_at >= p.set_at - interval '1 minute') limit 1) g on true
        where p.station_id = $1 and p.tenant_id = $2 and (p.purpose <> 'transaction' or g.started_at is not null
            or (p.profile->>'transactionId' is null and p.set_at > $3 - interval '10 minutes'
              and not exists (select 1 from charging_session s where s.station_id = p.station_id and s.connector_number = p.connector and s.created_at > p.set_at)))
        order by p.connector, p.purpose, p.stack_level desc
        """,
        r => new InstalledProfile(JsonSerializer.Deserialize<SetChargingProfile>(r.GetString(0), Columns.Json)!, r.GetFieldValue<DateTimeOffset>(1), r.GetString(2), r.MaybeTime(3)),
        ct,
        station.Value,
        tenant.Current.Value,
        time.GetUtcNow());

    private async Task Put(StationId station, SetChargingProfile profile, DateTimeOffset now, CancellationToken ct)
    {
        var purpose = JsonNamingPolicy.CamelCase.ConvertName(profile.Purpose.ToString());
        await using var connection = await SiteScope.Open(data, ct);
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new("delete from station_profile where station_id = $1 and (profile_id = $2 or (connector = $3 and purpose = $4 and stack_level = $5))")
        {
            Parameters = { new() { Value = station.Value }, new() { Value = profile.ProfileId }, new() { Value = profile.ConnectorNumber }, new() { Value = purpose }, new() { Value = profile.StackLevel } },
        });
        batch.BatchCommands.Add(new("insert into station_profile (station_id, tenant_id, profile_id, connector, stack_level, purpose, profile, set_at, set_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing")
        {
            Parameters =
            {
                new() { Value = station.Value }, new() { Value = tenant.Current.Value }, new() { Value = profile.ProfileId }, new() { Value = profile.ConnectorNumber }, new() { Value = profile.StackLevel },
                new() { Value = purpose }, new() { Value = JsonSerializer.Serialize(profile, Columns.Json), NpgsqlDbType = NpgsqlDbType.Jsonb }, new() { Value = now }, new() { Value = actor.Name },
            },
        });
        await batch.ExecuteNonQueryAsync(ct);
    }

    private Task<int> Remove(StationId station, ClearChargingProfile clear, CancellationToken ct) => data.Run(
        """
        delete from station_profile where station_id = $1 and tenant_id = $2
          and ($3::int is not null and profile_id = $3
            or $3::int is null and ($4::int is null or connector = $4) and ($5::text is null or purpose = $5) and ($6::int is null or stack_level = $6))
        """,
        ct,
        station.Value,
        tenant.Current.Value,
        clear.ProfileId,
        clear.ConnectorNumber,
        clear.Purpose is { } purpose ? JsonNamingPolicy.CamelCase.ConvertName(purpose.ToString()) : null,
        clear.StackLevel);
}
