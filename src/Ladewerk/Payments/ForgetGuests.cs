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

    /// <summary>How long it is known that a reader asked for a card and none came: most of them are cars that a badge started.</summary>
    public static readonly TimeSpan KeepAsked = TimeSpan.FromDays(30);

    private const int AtOnce = 1000;

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

        await data.Run(
            """
            with over as (select id from payment where terminal_id is not null and state = 'released' and held_at is null and finished_at < $1 order by finished_at limit $2),
              offers as (delete from terminal_offer where payment_id in (select id from over)),
              events as (delete from payment_event where payment_id in (select id from over))
            delete from payment where id in (select id from over)
            """,
            ct, time.GetUtcNow() - KeepAsked, AtOnce);
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
