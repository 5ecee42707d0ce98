using Npgsql;

namespace Ladewerk.Sessions;

/// <summary>Positive 31-bit numbers, unique on the installation, taken from the database in blocks (OCPP 1.6 §4.8).</summary>
public sealed class TransactionIds(NpgsqlDataSource dataSource) : IDisposable
{
    private const int Block = 64; // the sequence's increment
    private readonly SemaphoreSlim gate = new(1, 1);
    private long next;
    private long end;

    public void Dispose() => gate.Dispose();

    /// <summary>A number that was never given out before.</summary>
    public async ValueTask<long> Next(CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            if (next == end)
            {
                await using var command = dataSource.CreateCommand("select nextval('transaction_id_seq')");
                next = (long)(await command.ExecuteScalarAsync(ct))!;
                end = next + Block;
            }

            return next++;
        }
        finally
        {
            gate.Release();
        }
    }
}
