using Microsoft.Extensions.Options;
using Ladewerk.Billing.Dunning;
using Ladewerk.Billing.Sync;
using Ladewerk.Kernel;
using Ladewerk.Sessions;

namespace Ladewerk.Billing;

/// <summary>Charge detail records, invoices, their numbers and documents.</summary>
internal static class BillingModule
{
    public static IServiceCollection AddBilling(this IServiceCollection services)
    {
        services.AddOptions<BillingOptions>().BindConfiguration("Billing")
            .Validate(o => o.ConcurrentRuns > 0 && o.ConcurrentDocuments > 0 && o.DocumentTimeout > TimeSpan.Zero && o.SyncRetry > TimeSpan.Zero && o.SyncTimeout > TimeSpan.Zero).ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<BillingOptions>>().Value);

        services.AddScoped<RecordCdr>();
        services.AddScoped<Drivers.Privacy.IHoldsPerson, HoldsOpenRecords>();
        services.AddConsumer<SessionEnded, CreateCdr>();
        services.AddScoped<IssueInvoices>().AddScoped<Subscriptions.PostSubscriptions>();
        services.AddScoped<StartInvoiceRun>();
        services.AddScoped<StopInvoiceRun>();
        services.AddScoped<ResumeInvoiceRun>();
        services.AddScoped<IssueAdHocReceipt>();
        services.AddConsumer<CdrRecorded, IssueImmediately>();
        services.AddScoped<ReadInvoices>();
        services.AddScoped<CancelInvoice>();
        services.AddScoped<RenderInvoice>();
        services.AddSingleton<RunInvoices>();
        services.AddSingleton(provider => Limits(provider.GetRequiredService<BillingOptions>()));
        services.AddSingleton<PdfRenderer>();

        services.AddSingleton<InvoiceRunner>();
        services.AddHostedService(provider => provider.GetRequiredService<InvoiceRunner>());
        services.AddSingleton<DocumentWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<DocumentWorker>());
        services.AddConsumer<InvoiceIssued, QueueDocument>();
        services.AddScoped<SaveBillingSettings>().AddScoped<NoteInvoicePayment>().AddScoped<ReminderFees>().AddScoped<WaiveFees>().AddScoped<Credits.FindCredits>().AddScoped<Credits.SettleCredit>().AddScoped<InvoiceAddresses>().AddScoped<MailInvoice>();
        services.AddScoped<HoldDunning>().AddScoped<NoteOverdue>().AddScoped<Statements.SaveHostTerms>().AddScoped<Statements.IssueStatements>().AddScoped<Exports.ExportInvoices>().AddScoped<RemindDebtor>().AddScoped<BlockDebtor>().AddScoped<MarkCollecting>();
        services.AddConsumer<InvoiceSettled, LiftBlock>();
        services.AddConsumer<InvoiceCancelled, LiftBlock>();
        services.AddHostedService<BillingClock>();
        services.AddScoped<Templates.LookBook>().AddScoped<Templates.SaveTemplate>().AddScoped<Sepa.AnnounceDebit>().AddScoped<Retention.DeleteExpired>();
        services.AddSingleton<SyncSecrets>().AddScoped<SaveSyncTarget>().AddScoped<SyncLog>().AddScoped<ReadSyncFacts>().AddScoped<Drivers.Privacy.IErasesPerson, ForgetSynced>();
        services.AddConsumer<BillingAccountChanged, QueueSync>().AddConsumer<InvoiceIssued, QueueSync>().AddConsumer<InvoiceCancelled, QueueSync>().AddConsumer<InvoicePaymentNoted, QueueSync>().AddConsumer<SyncWanted, QueueSync>();
        services.AddSingleton<SyncSender>().AddHostedService(provider => provider.GetRequiredService<SyncSender>());
        return services;
    }

    private static PdfLimits Limits(BillingOptions options) => new(options.WeasyPrint, options.ConcurrentDocuments, options.DocumentTimeout);
}
