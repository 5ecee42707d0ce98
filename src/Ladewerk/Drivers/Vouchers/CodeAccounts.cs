using Npgsql;

namespace Ladewerk.Drivers.Vouchers;

/// <summary>What the code behind a session may still pay, what it paid before included.</summary>
/// <param name="Grants">energy, money or sessions.</param>
public sealed record CodeBalance(Guid UseId, string Grants, decimal Available);

/// <summary>Keeps what is left of codes.</summary>
public sealed class CodeAccounts(NpgsqlDataSource data)
{
    /// <summary>Null where no code pays for the session.</summary>
    public async Task<CodeBalance?> Of(Guid session, CancellationToken ct)
    {
        await using var command = data.CreateCommand(
            """
            select u.id, c.grants, c.remaining + u.taken from code_use u join charge_code c on c.id = u.code_id where u.session_id = $1 and c.grants not in ('stay', 'card') order by u.redeemed_at limit 1
            """);
        command.Parameters.Add(new() { Value = session });
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new CodeBalance(row.GetGuid(0), row.GetString(1), row.GetDecimal(2)) : null;
    }

    /// <summary>Takes what a session cost from its code, instead of what was taken for it before.</summary>
    /// <exception cref="InvalidOperationException">Another session has taken it in the meantime: price it again.</exception>
    public static async Task Settle(NpgsqlConnection connection, Guid use, decimal taken, decimal relief, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            with code as (
              update charge_code c set remaining = c.remaining + u.taken - $2 from code_use u where u.id = $1 and c.id = u.code_id and c.remaining + u.taken >= $2 returning c.id)
            update code_use set taken = $2, relief = $3 where id = $1 and exists (select from code)
            """,
            connection)
        { Parameters = { new() { Value = use }, new() { Value = taken }, new() { Value = relief } } };
        if (await command.ExecuteNonQueryAsync(ct) != 1)
        {
            throw new InvalidOperationException("What the code would pay has been taken by another session.");
        }
    }
}
