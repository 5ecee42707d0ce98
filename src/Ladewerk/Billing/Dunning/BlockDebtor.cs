using Ladewerk.Drivers;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Billing.Dunning;

/// <summary>Blocks the badges of an account that owes, and gives back those that it blocked once it has paid. What somebody else has blocked stays as it is.</summary>
internal sealed class BlockDebtor(LadewerkDb db, TenantContext tenant, SaveIdToken tokens, TimeProvider time)
{
    /// <summary>Doing it again blocks what has come since.</summary>
    /// <param name="from">Only where at least so much is overdue.</param>
    /// <returns>How many badges were blocked.</returns>
    public async Task<int> Run(BillingAccountId account, decimal from, CancellationToken ct)
    {
        var owed = await db.Set<Invoice>()
            .Where(i => i.BillingAccountId == account && i.Kind == InvoiceKind.Invoice && i.State == InvoiceState.Issued && i.SettledOn == null && i.DunningLevel > 0)
            .SumAsync(i => i.Gross - i.Paid, ct);
        if (owed < from)
        {
            return 0;
        }

        var theirs = await TokensOf(account, ct);
        foreach (var token in theirs)
        {
            await db.Database.ExecuteSqlAsync(
                $"insert into dunning_block (id_token_id, tenant_id, billing_account_id, blocked_at) values ({token.Id.Value}, {tenant.Current.Value}, {account.Value}, {time.GetUtcNow()}) on conflict do nothing",
                ct);
            await tokens.Patch(token, new IdTokenPatch { Status = IdTokenStatus.Blocked }, ct);
        }

        return theirs.Count;
    }

    /// <summary>Gives back what was blocked, where no reminder is open any more.</summary>
    public async Task Lift(BillingAccountId account, int blockAtLevel, CancellationToken ct)
    {
        if (await db.Set<Invoice>().AnyAsync(i => i.BillingAccountId == account && i.Kind == InvoiceKind.Invoice && i.State == InvoiceState.Issued && i.SettledOn == null && i.DunningLevel >= blockAtLevel, ct))
        {
            return;
        }

        var blocked = await db.Database.SqlQuery<Guid>($"select id_token_id as \"Value\" from dunning_block where tenant_id = {tenant.Current.Value} and billing_account_id = {account.Value} and lifted_at is null").ToListAsync(ct);
        foreach (var id in blocked)
        {
            if (await db.Set<IdToken>().SingleOrDefaultAsync(t => t.Id == new IdTokenId(id) && t.Status == IdTokenStatus.Blocked, ct) is { } token)
            {
                await tokens.Patch(token, new IdTokenPatch { Status = IdTokenStatus.Accepted }, ct);
            }

            await db.Database.ExecuteSqlAsync($"update dunning_block set lifted_at = {time.GetUtcNow()} where tenant_id = {tenant.Current.Value} and id_token_id = {id} and lifted_at is null", ct);
        }
    }

    private Task<List<IdToken>> TokensOf(BillingAccountId account, CancellationToken ct) => db.Set<IdToken>()
        .FromSql($"""
            select t.* from id_token t
            left join contract c on c.id = t.contract_id
            left join driver d on d.id = t.driver_id
            where t.status = 'accepted' and coalesce(c.billing_account_id, d.billing_account_id) = {account.Value}
            """)
        .ToListAsync(ct);
}

/// <summary>Who has paid charges again. May run any number of times.</summary>
internal sealed class LiftBlock(LadewerkDb db, SaveBillingSettings settings, BlockDebtor block) : IConsumer<InvoiceSettled>, IConsumer<InvoiceCancelled>
{
    public Task Consume(InvoiceSettled e, CancellationToken ct) => Lift(e.InvoiceId, ct);

    public Task Consume(InvoiceCancelled e, CancellationToken ct) => Lift(e.InvoiceId, ct);

    private async Task Lift(InvoiceId id, CancellationToken ct)
    {
        if (await db.Set<Invoice>().Where(i => i.Id == id).Select(i => i.BillingAccountId).SingleOrDefaultAsync(ct) is { } account)
        {
            await block.Lift(account, (await settings.Current(ct)).BlockAtLevel ?? 1, ct);
        }
    }
}
