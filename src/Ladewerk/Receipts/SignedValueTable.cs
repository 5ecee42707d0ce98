using System.Security.Cryptography;
using System.Text;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using NpgsqlTypes;

namespace Ladewerk.Receipts;

/// <summary>A signed value on its way to the disk.</summary>
/// <param name="Session">Null where it fits none yet: the transaction's number finds it later.</param>
/// <param name="Message">The message that brought it, in the words of its protocol.</param>
/// <param name="Part">Its place within the message.</param>
/// <param name="Raw">As it came.</param>
public sealed record ArrivedValue(
    SessionPlace Place, SessionId? Session, int Connector, long TransactionId, DateTimeOffset ReceivedAt, DateTimeOffset? StationAt, string Message, int Part, string? Context, string? Format, string Raw)
{
    internal Guid Id { get; } = Guid.CreateVersion7();

    // What PostgreSQL cannot hold can be in no signed text either.
    internal string Text { get; } = Raw.Contains('\0', StringComparison.Ordinal) ? Raw.Replace('\0', '\uFFFD') : Raw;

    internal byte[] Sha256() => SHA256.HashData(Encoding.UTF8.GetBytes(Text));
}

/// <summary>Keeps signed values in the commit of the message that brought them: what is acknowledged is on disk.</summary>
public static class SignedValueTable
{
    private static readonly RowTable<ArrivedValue> Table = new(
        "signed_value",
        """
        insert into signed_value (id, tenant_id, station_id, session_id, connector, transaction_id, received_at, station_at, message, part, context, format, raw, sha256)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict do nothing
        """,
        Column<ArrivedValue>.Of(NpgsqlDbType.Uuid, v => v.Id),
        Column<ArrivedValue>.Of(NpgsqlDbType.Uuid, v => v.Place.TenantId.Value),
        Column<ArrivedValue>.Of(NpgsqlDbType.Uuid, v => v.Place.StationId.Value),
        Column<ArrivedValue>.Of(NpgsqlDbType.Uuid, v => v.Session?.Value),
        Column<ArrivedValue>.Of(NpgsqlDbType.Integer, v => v.Connector),
        Column<ArrivedValue>.Of(NpgsqlDbType.Bigint, v => v.TransactionId),
        Column<ArrivedValue>.Of(NpgsqlDbType.TimestampTz, v => v.ReceivedAt),
        Column<ArrivedValue>.Of(NpgsqlDbType.TimestampTz, v => v.StationAt),
        Column<ArrivedValue>.Of(NpgsqlDbType.Text, v => v.Message),
        Column<ArrivedValue>.Of(NpgsqlDbType.Integer, v => v.Part),
        Column<ArrivedValue>.Of(NpgsqlDbType.Text, v => v.Context),
        Column<ArrivedValue>.Of(NpgsqlDbType.Text, v => v.Format),
        Column<ArrivedValue>.Of(NpgsqlDbType.Text, v => v.Text),
        Column<ArrivedValue>.Of(NpgsqlDbType.Bytea, v => v.Sha256()));

    /// <summary>Adds values to what a message changes.</summary>
    /// <param name="change">Of the message.</param>
    /// <param name="values">That it brought.</param>
    /// <param name="isLate">Their session has ended: it is judged and billed anew.</param>
    public static void AddSigned(this Change change, IReadOnlyList<ArrivedValue> values, bool isLate)
    {
        foreach (var value in values)
        {
            change.Add(Table, value);
        }

        if (isLate && values is [{ Session: { } session } first, ..])
        {
            change.Publish(first.Place.TenantId, new SessionEnded(session));
        }
        else if (values is [{ Session: null, TransactionId: > 0 } stray, ..])
        {
            // The session is not in memory any more: it may have ended long ago.
            change.Publish(stray.Place.TenantId, new StraySignedValue(stray.Place.StationId, stray.TransactionId));
        }
    }

    /// <summary>Tells of a key that a station sent in a message of its own.</summary>
    public static void AddKey(this Change change, SessionPlace place, int connector, string publicKey, string? serial) =>
        change.Publish(place.TenantId, new MeterKeyReported(place.StationId, connector, publicKey, serial));
}
