using Ladewerk.Drivers;
using Ladewerk.Kernel;
using NpgsqlTypes;

namespace Ladewerk.Sessions.Limits;

/// <summary>Keeps each no, so that the operator can say why a driver was turned away.</summary>
internal static class Refusals
{
    /// <summary>The table.</summary>
    public const string Table = "authorisation_refusal";

    /// <summary>A driver who tries again at once is one refusal.</summary>
    private static readonly TimeSpan Same = TimeSpan.FromSeconds(30);

    private static readonly RowTable<Refusal> Rows = new(
        Table,
        """
        insert into authorisation_refusal (received_at, id, tenant_id, station_id, uid, id_token_id, driver_id, contract_id, reason, for_start, until_at, detail)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        Column<Refusal>.Of(NpgsqlDbType.TimestampTz, r => r.At),
        Column<Refusal>.Of(NpgsqlDbType.Uuid, r => r.Id),
        Column<Refusal>.Of(NpgsqlDbType.Uuid, r => r.Place.TenantId.Value),
        Column<Refusal>.Of(NpgsqlDbType.Uuid, r => r.Place.StationId.Value),
        Column<Refusal>.Of(NpgsqlDbType.Text, r => r.Uid),
        Column<Refusal>.Of(NpgsqlDbType.Uuid, r => r.Token?.Id.Value),
        Column<Refusal>.Of(NpgsqlDbType.Uuid, r => r.Token?.DriverId?.Value),
        Column<Refusal>.Of(NpgsqlDbType.Uuid, r => r.Token?.ContractId),
        Column<Refusal>.Of(NpgsqlDbType.Text, r => r.Decision.Reason.Name()),
        Column<Refusal>.Of(NpgsqlDbType.Boolean, r => r.ForStart),
        Column<Refusal>.Of(NpgsqlDbType.TimestampTz, r => r.Decision.Until),
        Column<Refusal>.Of(NpgsqlDbType.Text, r => r.Token?.Contract?.Number));

    /// <summary>Adds a refusal to what is written; nothing for a yes.</summary>
    public static void Note(StationSessions station, string uid, Authorisation decision, bool forStart, DateTimeOffset at, Change change)
    {
        if (decision.IsAccepted)
        {
            return;
        }

        var key = IdTokenUid.Key(uid);
        if (!forStart && station.LastRefusal is { } last && last.Key == key && last.Reason == decision.Reason && at - last.At < Same)
        {
            return;
        }

        station.LastRefusal = (key, decision.Reason, at);
        change.Add(Rows, new Refusal(Guid.CreateVersion7(at), station.Place, uid.Length <= IdTokenUid.MaxLength ? uid : uid[..IdTokenUid.MaxLength], decision, forStart, at));
    }

    private sealed record Refusal(Guid Id, SessionPlace Place, string Uid, Authorisation Decision, bool ForStart, DateTimeOffset At)
    {
        public KnownToken? Token => Decision.Token;
    }
}
