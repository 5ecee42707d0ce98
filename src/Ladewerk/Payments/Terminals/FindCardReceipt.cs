using Ladewerk.Drivers.Vouchers;
using Ladewerk.Kernel;
using Ladewerk.Sessions.App;
using Npgsql;

namespace Ladewerk.Payments.Terminals;

/// <summary>What somebody who paid at a reader knows of it.</summary>
internal sealed record CardReceiptWish(string? LastDigits, DateOnly? Day, decimal? Amount);

/// <summary>What came of it. What is wrong, unknown or too old is all the same to whoever guesses.</summary>
internal abstract record CardReceiptResult
{
    /// <param name="Path">Of the payer's own page: a key.</param>
    internal sealed record Found(string Path) : CardReceiptResult;

    internal sealed record Unknown : CardReceiptResult;

    /// <summary>Too many attempts from this address, or at this charge point.</summary>
    internal sealed record TooMany : CardReceiptResult;
}

/// <summary>
/// Finds the receipt of a payment at a card reader, whose payer has no link: by the last four digits of the card, the day and the exact amount, for thirty days.
/// Each attempt is counted before anything is looked up, so that many at once are counted too.
/// </summary>
internal sealed class FindCardReceipt(NpgsqlDataSource data, TenantContext tenant, KeySafe safe, CodeAttempts attempts, TimeProvider time)
{
    /// <summary>Wrong attempts at a charge point within an hour, whoever makes them.</summary>
    public const int MostAtPoint = 12;

    private static readonly TimeSpan Within = TimeSpan.FromHours(1), Keep = TimeSpan.FromDays(30);

    /// <param name="from">Who asks (the remote address), for the limit on attempts.</param>
    public async Task<CardReceiptResult> Run(ChargePoint point, CardReceiptWish wish, string from, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var asker = "receipt " + from;
        if (!attempts.MayTry(tenant.Current, asker, now) || await Count(point, now, ct) is not { } guess)
        {
            return new CardReceiptResult.TooMany();
        }

        if (wish is not { LastDigits: { Length: 4 } digits, Day: { } day, Amount: { } amount } || await Find(point, digits, day, amount, now, ct) is not { } link)
        {
            attempts.Failed(tenant.Current, asker, now);
            return new CardReceiptResult.Unknown();
        }

        await data.Run("delete from receipt_guess where id = $1", ct, guess);
        return new CardReceiptResult.Found(new Uri(safe.Open(link)).AbsolutePath);
    }

    /// <summary>Counts an attempt at a charge point, one after the other; null: there were too many.</summary>
    private async Task<Guid?> Count(ChargePoint point, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await data.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Run(connection, "select pg_advisory_xact_lock(hashtextextended('receipt_guess ' || $1::text || ' ' || $2::text, 0))", ct, point.Station.Value, point.Number);
        await Run(connection, "delete from receipt_guess where station_id = $1 and evse_number = $2 and at <= $3", ct, point.Station.Value, point.Number, now - Within);
        var id = Guid.CreateVersion7();
        var counted = await Run(
            connection,
            $"""
            insert into receipt_guess (id, tenant_id, station_id, evse_number, at)
            select $1, $2, $3, $4, $5 where (select count(*) from receipt_guess where station_id = $3 and evse_number = $4) < {MostAtPoint}
            """,
            ct, id, tenant.Current.Value, point.Station.Value, point.Number, now);
        await transaction.CommitAsync(ct);
        return counted > 0 ? id : null;
    }

    private Task<string?> Find(ChargePoint point, string digits, DateOnly day, decimal amount, DateTimeOffset now, CancellationToken ct) => data.First(
        """
        select link_sealed from payment
        where tenant_id = $1 and station_id = $2 and evse_number = $3 and terminal_id is not null and state = 'captured' and card_last4 = $4 and captured = $5 and finished_at > $6
          and ((held_at at time zone $7)::date = $8 or (finished_at at time zone $7)::date = $8)
        order by finished_at desc limit 1
        """,
        r => r.GetString(0), ct, tenant.Current.Value, point.Station.Value, point.Number, digits, amount, now - Keep, point.TimeZone, day);

    private static async Task<int> Run(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return await command.ExecuteNonQueryAsync(ct);
    }
}
