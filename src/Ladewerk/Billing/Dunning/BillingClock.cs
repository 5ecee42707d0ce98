using Ladewerk.Billing.Retention;
using Ladewerk.Billing.Subscriptions;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Billing.Dunning;

/// <summary>What billing does by itself, day by day: monthly fees and the run for the month before, what is overdue, and reminders. What is due stands in the database, so a host that was down makes it up.</summary>
internal sealed partial class BillingClock(
    NpgsqlDataSource data, IServiceScopeFactory scopes, InvoiceRunner runner, BillingOptions options, TimeProvider time, ILogger<BillingClock> logger) : RoundWorker(logger)
{
    private const int MostReminders = 200;

    protected override TimeSpan Pause => options.Clock;

    protected override async Task<bool> Round(CancellationToken ct)
    {
        var tenants = await data.Rows(
            "select id, time_zone from tenant where suspended_at is null", r => (Id: TenantId.From(r.GetGuid(0)), Zone: r.GetString(1)), ct);
        var more = false;
        foreach (var (id, zone) in tenants)
        {
            try
            {
                more |= await One(id, zone, ct);
            }
            catch (Exception failed) when (failed is DbUpdateException or InvalidOperationException or SupplierIncompleteException)
            {
                LogFailed(failed, id); // the others' turn comes all the same
            }
        }

        return more;
    }

    private async Task<bool> One(TenantId tenant, string zone, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
        var settings = await scope.ServiceProvider.GetRequiredService<SaveBillingSettings>().Current(ct);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(zone)).DateTime);
        await scope.ServiceProvider.GetRequiredService<PostSubscriptions>().Run(ct);
        await scope.ServiceProvider.GetRequiredService<NoteOverdue>().Run(today, ct);
        if (settings.DeleteExpired)
        {
            await scope.ServiceProvider.GetRequiredService<DeleteExpired>().Run(ct);
        }

        if (settings.RunDay is { } day && today.Day >= day)
        {
            await RunMonth(scope.ServiceProvider, tenant, new DateOnly(today.Year, today.Month, 1).AddMonths(-1), ct);
        }

        return settings.IsDunning && await Remind(tenant, settings, today, ct);
    }

    private async Task RunMonth(IServiceProvider services, TenantId tenant, DateOnly month, CancellationToken ct)
    {
        if (await services.GetRequiredService<StartInvoiceRun>().ForMonth(month, ct) is { } run)
        {
            LogRun(tenant, month);
            await runner.Enqueue(tenant, run, ct);
        }
    }

    private async Task<bool> Remind(TenantId tenant, BillingSettings settings, DateOnly today, CancellationToken ct)
    {
        var first = settings.Schedule[0].DaysAfterDue;
        var owed = await data.Rows(
            """
            select id from invoice
            where tenant_id = $1 and kind = 'invoice' and state = 'issued' and settled_on is null and not dunning_hold and not exists (select from collecting_invoice c where c.invoice_id = invoice.id) and due_on <= $2 and dunning_level < $3
              and (dunned_on is null or dunned_on <= $4) and paid < gross
              and due_on + ($5::int[])[dunning_level + 1] <= $6
            order by due_on, id limit $7
            """,
            r => InvoiceId.From(r.GetGuid(0)), ct, tenant.Value, today.AddDays(-first), settings.Schedule.Count, today.AddDays(-DunningSchedule.Respite),
            settings.Schedule.Select(l => l.DaysAfterDue).ToArray(), today, MostReminders);
        foreach (var invoice in owed)
        {
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
            await scope.ServiceProvider.GetRequiredService<RemindDebtor>().Run(invoice, settings, today, ct);
        }

        return owed.Count == MostReminders;
    }

    [LoggerMessage(LogLevel.Information, "The invoice run of tenant {TenantId} for {Month} begins")]
    private partial void LogRun(TenantId tenantId, DateOnly month);

    [LoggerMessage(LogLevel.Error, "Billing of tenant {TenantId} could not do today's work")]
    private partial void LogFailed(Exception failed, TenantId tenantId);
}
