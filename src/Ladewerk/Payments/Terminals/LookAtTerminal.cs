using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Terminals;

/// <summary>Asks the provider how a reader is; one that was taken out is given back there once nothing is asked for at it.</summary>
internal sealed partial class LookAtTerminal(LadewerkDb db, IPaymentTerminals terminals, TimeProvider time, ILogger<LookAtTerminal> logger)
{
    private static readonly TimeSpan Well = TimeSpan.FromMinutes(1), Unwell = TimeSpan.FromSeconds(20), Soon = TimeSpan.FromSeconds(2);

    public async Task Run(TerminalId id, CancellationToken ct)
    {
        if (await db.Set<PaymentTerminal>().SingleOrDefaultAsync(t => t.Id == id, ct) is not { } reader)
        {
            return;
        }

        DateTimeOffset? next;
        try
        {
            next = await terminals.Of(reader.Provider, ct) is not { } terminal ? time.GetUtcNow() + Well
                : reader.RemovedAt is null ? await See(reader, terminal, ct) : await GiveBack(reader, terminal, ct);
            reader.LastError = null;
        }
        catch (PaymentProviderException failed)
        {
            LogFailed(id, failed.Fault, failed.Code);
            reader.LastError = failed.Message;
            reader.Online = reader.Online && failed.Fault == ProviderFault.Unavailable;
            next = time.GetUtcNow() + Well;
        }

        await db.SaveChangesAsync(ct);
        await db.Database.ExecuteSqlAsync($"update payment_terminal set lease_until = null, due_at = least(due_at, {next}) where id = {id.Value}", ct);
    }

    private async Task<DateTimeOffset?> See(PaymentTerminal reader, IPaymentTerminal terminal, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var found = await terminal.Find(reader.ReaderId, ct);
        if (reader.Online != (found is { Online: true }))
        {
            LogChanged(reader.Id, found is { Online: true });
        }

        reader.Online = found is { Online: true };
        (reader.Model, reader.SerialNumber) = (found?.Model ?? reader.Model, found?.SerialNumber ?? reader.SerialNumber);
        reader.SeenAt = reader.Online ? now : reader.SeenAt;
        return now + (reader.Online ? Well : Unwell);
    }

    private async Task<DateTimeOffset?> GiveBack(PaymentTerminal reader, IPaymentTerminal terminal, CancellationToken ct)
    {
        if (reader.UnregisteredAt is not null)
        {
            return null;
        }

        if (await db.Set<TerminalOffer>().AnyAsync(o => o.TerminalId == reader.Id && o.State != OfferState.Over, ct))
        {
            return time.GetUtcNow() + Soon;
        }

        // Somebody may have taken the same reader into use again meanwhile.
        if (!await db.Set<PaymentTerminal>().IgnoreQueryFilters().AnyAsync(t => t.Provider == reader.Provider && t.ReaderId == reader.ReaderId && t.RemovedAt == null, ct))
        {
            await terminal.Unregister(reader.ReaderId, ct);
        }

        (reader.Online, reader.UnregisteredAt) = (false, time.GetUtcNow());
        return null;
    }

    [LoggerMessage(LogLevel.Information, "Terminal {TerminalId} is online: {Online}")]
    private partial void LogChanged(TerminalId terminalId, bool online);

    [LoggerMessage(LogLevel.Warning, "Terminal {TerminalId} cannot be looked at: {Fault} ({Code})")]
    private partial void LogFailed(TerminalId terminalId, ProviderFault fault, string? code);
}
