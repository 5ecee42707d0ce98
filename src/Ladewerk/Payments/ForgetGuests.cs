using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Payments;

/// <summary>
/// Forgets the addresses and last digits of cards that guests left with a payment once nobody needs them: the receipt has long been sent, and what may still be asked about
/// (a refund, a dispute) goes by the payment itself (GDPR Art. 5 (1) e). The receipt names no customer.
/// </summary>
internal sealed partial class ForgetGuests(NpgsqlDataSource data, TimeProvider time, ILogger<ForgetGuests> logger)
{
    /// <summary>How long after the end of a payment its address is kept: as long as cardholders may dispute, as a rule.</summary>
    public static readonly TimeSpan Keep = TimeSpan.FromDays(90);

    /// <summary>Of all operators.</summary>
    public async Task Run(CancellationToken ct)
    {
        var count = await data.Run(
            """
            update payment set email = null, card_last4 = null where (email is not null or card_last4 is not null) and state in ('captured', 'released') and finished_at < $1
              and not exists (select from payment_refund r where r.payment_id = payment.id and r.state = 'asked')
            """,
            ct, time.GetUtcNow() - Keep);
        if (count > 0)
        {
            LogForgotten(count);
        }
    }

    [LoggerMessage(LogLevel.Information, "What {Count} guests left with their payments is forgotten")]
    private partial void LogForgotten(int count);
}

/// <summary>Once an hour.</summary>
internal sealed class ForgetGuestsWorker(ForgetGuests forget, ILogger<ForgetGuestsWorker> logger) : RoundWorker(logger)
{
    protected override TimeSpan Pause => TimeSpan.FromHours(1);

    protected override async Task<bool> Round(CancellationToken ct)
    {
        await forget.Run(ct);
        return false;
    }
}
