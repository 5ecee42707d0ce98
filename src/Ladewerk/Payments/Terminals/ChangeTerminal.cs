using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Terminals;

/// <summary>What is to change; what is absent stays.</summary>
/// <param name="Evses">EVSE-IDs or short codes: all that it is for from now on.</param>
internal sealed record TerminalPatch(string? Label = null, IReadOnlyList<string>? Evses = null, bool? AsksItself = null);

/// <summary>Changes a card reader's name and charge points, or takes it out.</summary>
internal sealed class ChangeTerminal(LadewerkDb db, IPaymentTerminals terminals, TerminalPoints points, AuditLog audit, TimeProvider time)
{
    public async Task<TerminalResult> Run(TerminalId id, TerminalPatch wish, CancellationToken ct)
    {
        if (await Find(id, ct) is not { } terminal)
        {
            return new TerminalResult.Missing();
        }

        var faults = wish.Label is null ? new Faults() : new Faults().Text("label", wish.Label, 100);
        var wanted = wish.Evses is { } evses ? await points.Find(evses, terminal.SiteId, id, faults, ct) : null;
        if (faults.Any)
        {
            return new TerminalResult.Invalid(faults);
        }

        var (label, asks) = (terminal.Label, terminal.AsksItself);
        terminal.Label = wish.Label?.Trim() ?? terminal.Label;
        terminal.AsksItself = wish.AsksItself ?? terminal.AsksItself;
        try
        {
            if (terminal.Label != label && await terminals.Of(terminal.Provider, ct) is { } provider)
            {
                await provider.Rename(terminal.ReaderId, terminal.Label, ct);
            }
        }
        catch (PaymentProviderException failed)
        {
            return new TerminalResult.Unavailable(failed.Fault);
        }

        if (wanted is not null)
        {
            var had = await db.Set<TerminalPoint>().Where(p => p.TerminalId == id).ToListAsync(ct);
            db.RemoveRange(had.Where(h => !wanted.Any(w => w.Station == h.StationId && w.Number == h.EvseNumber)));
            db.AddRange(points.Of(id, wanted.Where(w => !had.Exists(h => w.Station == h.StationId && w.Number == h.EvseNumber))));
        }

        audit.Record("paymentTerminal.changed", "paymentTerminal", id.Value.ToString(), new { Label = label, AsksItself = asks }, new { terminal.Label, terminal.AsksItself, evses = wanted?.Select(p => p.Name) });
        await db.SaveChangesAsync(ct);
        return new TerminalResult.Done(id);
    }

    /// <summary>Takes it out: nobody is asked for a card there any more; the provider is told as soon as nothing is open at it.</summary>
    public async Task<bool> Remove(TerminalId id, CancellationToken ct)
    {
        if (await Find(id, ct) is not { } terminal)
        {
            return false;
        }

        var now = time.GetUtcNow();
        terminal.RemovedAt = now;
        db.RemoveRange(await db.Set<TerminalPoint>().Where(p => p.TerminalId == id).ToListAsync(ct));
        audit.Record("paymentTerminal.removed", "paymentTerminal", id.Value.ToString(), new { terminal.Label, terminal.ReaderId });
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.SaveChangesAsync(ct);
        await db.Database.ExecuteSqlAsync($"update payment_terminal set due_at = {now} where id = {id.Value}", ct);
        await db.Database.ExecuteSqlAsync($"update payment set due_at = {now} where id in (select payment_id from terminal_offer where terminal_id = {id.Value} and state <> 'over')", ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>Looks at it now.</summary>
    public async Task<bool> Look(TerminalId id, CancellationToken ct) =>
        await Find(id, ct) is not null && await db.Database.ExecuteSqlAsync($"update payment_terminal set due_at = {time.GetUtcNow()} where id = {id.Value}", ct) > 0;

    private Task<PaymentTerminal?> Find(TerminalId id, CancellationToken ct) => db.Set<PaymentTerminal>().SingleOrDefaultAsync(t => t.Id == id && t.RemovedAt == null, ct);
}
