using Ladewerk.Billing.Dunning;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Npgsql;

namespace Ladewerk.Billing.Portal;

/// <summary>The operator's pages of billing: navigation, search, and what their forms do.</summary>
internal static class BillingPortal
{
    public static IServiceCollection AddBillingPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.Money, 20, "file-invoice", "billing.title", "/portal/invoices", Permission.BillingRead) { Module = Module.Billing });
        services.AddSingleton(new NavEntry(NavGroup.Money, 21, "alert-circle", "billing.dunning.title", "/portal/dunning", Permission.BillingRead)
        {
            Module = Module.Billing,
            Count = (scope, ct) => scope.GetRequiredService<NpgsqlDataSource>().First(
                "select count(*) from invoice where tenant_id = $1 and kind = 'invoice' and state = 'issued' and settled_on is null and due_on < current_date and paid < gross",
                r => r.GetInt64(0), ct, scope.GetRequiredService<TenantContext>().Current.Value),
        });
        services.AddSingleton(new NavEntry(NavGroup.Money, 22, "building", "billing.statements", "/portal/statements", Permission.BillingRead) { Module = Module.Billing });
        services.AddSingleton(new NavEntry(NavGroup.Money, 23, "users", "billing.accounts", "/portal/billing-accounts", Permission.DriversRead) { Module = Module.Billing });
        services.AddSingleton(new NavEntry(NavGroup.Money, 24, "arrows-exchange", "billing.sync", "/portal/billing/sync", Permission.SettingsRead)
        {
            Module = Module.Billing,
            Count = (scope, ct) => scope.GetRequiredService<NpgsqlDataSource>().First(
                "select count(*) from sync_target where tenant_id = $1 and is_on and paused_at is not null", r => r.GetInt64(0), ct, scope.GetRequiredService<TenantContext>().Current.Value),
        });
        services.AddSingleton(new AccountPart(20, typeof(AccountFees), Permission.BillingRead)).AddSingleton(new InvoicePart(20, typeof(InvoiceNotices), Permission.BillingRead));
        services.AddSingleton(new AccountPart(5, typeof(AccountCredits), Permission.BillingRead));
        services.AddScoped<ISearchSource, InvoiceSearch>();
        return services;
    }

    public static void MapBillingPortal(this WebApplication app)
    {
        var invoices = app.MapGroup("/portal/invoices").OfModule(Module.Billing).ExcludeFromDescription();
        invoices.MapPost("/run", Run).RequirePermission(Permission.BillingWrite);
        invoices.MapPost("/runs/{id:guid}/stop", Stop).RequirePermission(Permission.BillingWrite);
        invoices.MapPost("/runs/{id:guid}/resume", Resume).RequirePermission(Permission.BillingWrite);
        invoices.MapPost("/{id:guid}/cancel", Cancel).RequirePermission(Permission.BillingWrite);
        invoices.MapPost("/{id:guid}/payments", Pay).RequirePermission(Permission.BillingWrite);
        invoices.MapPost("/{id:guid}/fees/waive", Waive).RequirePermission(Permission.BillingWrite);
        invoices.MapPost("/{id:guid}/dunning", Hold).RequirePermission(Permission.BillingWrite);
        app.MapBillingSettings();
        app.MapStatementsPortal();
        app.MapAccountForm();
        app.MapCreditsPortal();
        app.MapSyncForms();
        app.MapTemplateForms();
        app.MapPost("/portal/billing/retention/run", Expire).OfModule(Module.Billing).RequirePermission(Permission.BillingWrite).RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
    }

    private static async Task<IResult> Pay(Guid id, HttpContext http, NoteInvoicePayment note, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        var faults = new Faults();
        var amount = SettingsForm.Amount(form["amount"], "amount", faults);
        if (!faults.Any && amount != 0m && DateOnly.TryParse(form["receivedOn"], System.Globalization.CultureInfo.InvariantCulture, out var on) && form["reference"].ToString().Trim() is { Length: > 0 and <= 200 } reference)
        {
            await note.Run(new InvoiceId(id), new NewInvoicePayment(amount, on, "transfer", reference), ct);
            return TypedResults.LocalRedirect($"/portal/invoices/{id}");
        }

        return TypedResults.LocalRedirect($"/portal/invoices/{id}?fault=payment");
    }

    private static async Task<IResult> Expire(Retention.DeleteExpired retention, CancellationToken ct)
    {
        await retention.Run(ct);
        return TypedResults.LocalRedirect("/portal/billing/retention");
    }

    private static async Task<IResult> Waive(Guid id, WaiveFees waive, CancellationToken ct)
    {
        await waive.Run(new InvoiceId(id), new FeeWaiver(), ct);
        return TypedResults.LocalRedirect($"/portal/invoices/{id}");
    }

    private static async Task<IResult> Hold(Guid id, HttpContext http, HoldDunning hold, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        await hold.Run(new InvoiceId(id), form["hold"] == "true", ct);
        return TypedResults.LocalRedirect("/portal/dunning");
    }

    /// <summary>Starts a run and goes back to the list, which shows its progress (or what is missing).</summary>
    private static async Task<IResult> Run(HttpContext http, StartInvoiceRun start, InvoiceRunner runner, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        if (await start.Run(new RunRequest(form["from"], form["to"]), ct) is StartResult.Started { Run: var run })
        {
            await runner.Enqueue(run.TenantId, run.Id, ct);
        }

        return TypedResults.LocalRedirect("/portal/invoices");
    }

    private static async Task<IResult> Stop(Guid id, StopInvoiceRun stop, CancellationToken ct)
    {
        await stop.Run(id, ct);
        return TypedResults.LocalRedirect("/portal/invoices");
    }

    private static async Task<IResult> Resume(Guid id, ResumeInvoiceRun resume, InvoiceRunner runner, TenantContext tenant, CancellationToken ct)
    {
        if (await resume.Run(id, ct))
        {
            await runner.Enqueue(tenant.Current, id, ct);
        }

        return TypedResults.LocalRedirect("/portal/invoices");
    }

    private static async Task<IResult> Cancel(Guid id, HttpContext http, CancelInvoice cancel, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        var result = await cancel.Run(new InvoiceId(id), new CancelRequest(form["reason"], form.ContainsKey("rebill")), ct);
        return TypedResults.LocalRedirect($"/portal/invoices/{(result is CancelResult.Cancelled done ? done.Cancellation.Value : id)}");
    }
}

/// <summary>Finds invoices by number and customer.</summary>
internal sealed class InvoiceSearch(NpgsqlDataSource data, TenantContext tenant) : ISearchSource
{
    public string Permission => Kernel.Http.Permission.BillingRead;

    public string? Module => Kernel.Http.Module.Billing;

    public async Task<IReadOnlyList<SearchHit>> Find(string text, CancellationToken ct) => await data.Rows(
        """
        select id, number, coalesce(customer->>'company', customer->>'name') from invoice
        where tenant_id = $1 and (number ilike $2 or customer->>'name' ilike $2 or customer->>'company' ilike $2) order by issued_at desc limit 10
        """,
        row => new SearchHit("file-invoice", row.GetString(1), row.GetString(2), $"/portal/invoices/{row.GetGuid(0)}"),
        ct,
        tenant.Current.Value,
        $"%{text}%");
}
