using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Ladewerk.Kernel.Branding;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Kernel.Mail;

/// <summary>
/// Sends waiting mails, each at least once: a mail that the server turns away comes again with growing pauses and is parked in the end;
/// while the server is not there at all, nothing counts against a mail. What a mail said is erased once it was sent.
/// </summary>
internal sealed partial class MailSender(
    NpgsqlDataSource dataSource, IServiceScopeFactory scopes, SmtpTransport smtp, BrandReader brands, MailOptions options, MailState state, TimeProvider time, ILogger<MailSender> logger)
    : RoundWorker(logger)
{
    private const string TakeSql = """
        update mail set available_at = $2 where id in (
          select id from mail where sent_at is null and parked_at is null and available_at <= $1 order by available_at limit $3 for update skip locked)
        returning id, tenant_id
        """;

    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private DateTimeOffset tidiedAt;

    protected override TimeSpan Pause => options.Poll;

    protected override async Task<bool> Round(CancellationToken ct)
    {
        await Tidy(ct);
        return options.IsConfigured && await SendDue(ct) == options.BatchSize;
    }

    private async Task<int> SendDue(CancellationToken ct)
    {
        if (state.RestsUntil > time.GetUtcNow())
        {
            return 0;
        }

        var due = await Take(ct);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = ct };
        await Parallel.ForEachAsync(due, parallel, async (mail, token) =>
        {
            try
            {
                await Send(mail.Tenant, mail.Id, token);
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                LogLater(failed, mail.Id); // its lease ends; the others of the batch go out
            }
        });
        return due.Count;
    }

    private async Task<List<(TenantId Tenant, MailId Id)>> Take(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var take = dataSource.CreateCommand(TakeSql);
        take.Parameters.Add(new() { Value = now });
        take.Parameters.Add(new() { Value = now + options.Lease });
        take.Parameters.Add(new() { Value = options.BatchSize });
        await using var reader = await take.ExecuteReaderAsync(ct);
        var due = new List<(TenantId, MailId)>();
        while (await reader.ReadAsync(ct))
        {
            due.Add((TenantId.From(reader.GetGuid(1)), MailId.From(reader.GetGuid(0))));
        }

        return due;
    }

    private async Task Send(TenantId tenant, MailId id, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
        var db = scope.ServiceProvider.GetRequiredService<LadewerkDb>();
        if (await db.Set<QueuedMail>().FirstOrDefaultAsync(m => m.Id == id && m.SentAt == null && m.ParkedAt == null, ct) is not { } mail)
        {
            return;
        }

        if (state.RestsUntil > time.GetUtcNow())
        {
            mail.AvailableAt = state.RestsUntil; // another of the same batch has met a dead server
            await db.SaveChangesAsync(ct);
            return;
        }

        var brand = await brands.Of(tenant, ct);
        Settle(mail, await Attempt(scope.ServiceProvider.GetRequiredService<MailBox>(), brand, mail, ct));
        await db.SaveChangesAsync(ct);
    }

    private async Task<SendResult> Attempt(MailBox box, Brand brand, QueuedMail mail, CancellationToken ct)
    {
        if (mail.Body is null || mail.ExpiresAt <= time.GetUtcNow())
        {
            mail.Body = null;
            return new SendResult.Refused("expired");
        }

        try
        {
            return await smtp.Send(mail.Id, brand, box.Open(mail.Body), ct);
        }
        catch (CryptographicException)
        {
            return new SendResult.Refused("unreadable: its key is gone");
        }
        catch (FormatException)
        {
            return new SendResult.Refused("not an address");
        }
    }

    private void Settle(QueuedMail mail, SendResult result)
    {
        var now = time.GetUtcNow();
        switch (result)
        {
            case SendResult.Sent:
                (mail.SentAt, mail.Body, mail.LastError, mail.Attempts) = (now, null, null, mail.Attempts + 1);
                state.Works();
                break;
            case SendResult.Unreachable unreachable:
                mail.LastError = Plain(unreachable.Reason);
                mail.AvailableAt = state.Fails(now, mail.LastError, Longest);
                LogUnreachable(mail.LastError, mail.AvailableAt);
                break;
            case SendResult.Refused refused:
                (mail.ParkedAt, mail.LastError, mail.Attempts) = (now, Plain(refused.Reason), mail.Attempts + 1);
                LogParked(mail.Id, mail.Kind, mail.LastError);
                break;
            case SendResult.Later later:
                mail.Attempts++;
                mail.LastError = Plain(later.Reason);
                mail.ParkedAt = mail.Attempts >= options.MaxAttempts ? now : null;
                mail.AvailableAt = now + After(mail.Attempts);
                LogTurnedAway(mail.Id, mail.Kind, mail.Attempts, mail.LastError);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(result), result, "No such outcome.");
        }
    }

    private static TimeSpan After(int attempts)
    {
        var pause = TimeSpan.FromSeconds(30 * Math.Pow(2, Math.Min(attempts, 10) - 1));
        return pause < Longest ? pause : Longest;
    }

    /// <summary>Once an hour: links that hold no longer are erased, and old traces go.</summary>
    private async Task Tidy(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (now - tidiedAt < TimeSpan.FromHours(1))
        {
            return;
        }

        tidiedAt = now;
        await using var tidy = dataSource.CreateCommand("""
            with gone as (update mail set body = null, parked_at = $1, last_error = 'expired' where sent_at is null and body is not null and expires_at <= $1)
            delete from mail where sent_at < $2 or parked_at < $2
            """);
        tidy.Parameters.Add(new() { Value = now });
        tidy.Parameters.Add(new() { Value = now - options.Keep });
        await tidy.ExecuteNonQueryAsync(ct);
    }

    // Servers like to repeat the address; it is nobody's business in a log.
    private static string Plain(string reason) => Address().Replace(reason.Length > 300 ? reason[..300] : reason, "…@${domain}").Trim();

    [GeneratedRegex(@"[^\s<>@:;,]+@(?<domain>[A-Za-z0-9.-]+)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Address();

    [LoggerMessage(LogLevel.Warning, "Mail {MailId} ({Kind}) was turned away, attempt {Attempt}: {Reason}")]
    private partial void LogTurnedAway(MailId mailId, string kind, int attempt, string reason);

    [LoggerMessage(LogLevel.Error, "Mail {MailId} ({Kind}) is parked: {Reason}")]
    private partial void LogParked(MailId mailId, string kind, string reason);

    [LoggerMessage(LogLevel.Warning, "The mail server does not answer ({Reason}); mails wait until {Until}")]
    private partial void LogUnreachable(string reason, DateTimeOffset until);

    [LoggerMessage(LogLevel.Error, "Mail {MailId} goes out later")]
    private partial void LogLater(Exception failed, MailId mailId);
}
