using Ladewerk.Billing;
using Ladewerk.Drivers.Registration;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Notifications.Push;
using Ladewerk.Notifications.Webhooks;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Ladewerk.Notifications;

/// <summary>Who is told what, and how.</summary>
internal static class NotificationsModule
{
    public static IServiceCollection AddNotifications(this IServiceCollection services)
    {
        services.AddOptions<NotificationOptions>().BindConfiguration("Notifications").Validate(o => o.Every > TimeSpan.Zero && o.WebhookTimeout > TimeSpan.Zero).ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<NotificationOptions>>().Value);
        services.TryAddSingleton<SiteAddress>();
        services.AddScoped<RaiseNotice>().AddScoped<PreferenceStore>().AddScoped<Audience>().AddScoped<Tell>().AddScoped<MailOut>().AddScoped<UnsubscribeLink>().AddScoped<Unsubscribe>();
        services.AddScoped<FeedReader>().AddScoped<ChangePreferences>().AddScoped<ChangeRules>().AddScoped<MailOffice>();
        services.AddConsumer<Drivers.Badges.BadgeSent, NoticeBadgeSent>();
        services.AddConsumer<SessionEnded, NoticeSessionEnd>().AddConsumer<TokenRefused, NoticeRefusedToken>().AddConsumer<InvoiceIssued, NoticeInvoice>().AddConsumer<FirmwareReported, NoticeFirmware>().AddConsumer<Drivers.Contracts.ContractBudgetWarning, NoticeBudget>().AddConsumer<RegistrationWaiting, NoticeRegistration>();
        services.AddConsumer<InvoiceIssued, NoticeInvoiceLife>().AddConsumer<InvoiceCancelled, NoticeInvoiceLife>().AddConsumer<InvoiceSettled, NoticeInvoiceLife>().AddConsumer<InvoiceOverdue, NoticeInvoiceLife>();
        services.AddConsumer<Payments.Disputes.PaymentDisputed, NoticeDispute>().AddConsumer<Payments.Payouts.PayoutFailed, NoticePayout>();
        services.AddConsumer<Payments.BooksDiffer, NoticeBooks>();
        services.AddSingleton<NotificationSweep>().AddHostedService(provider => provider.GetRequiredService<NotificationSweep>());
        services.AddSingleton<WebhookSecrets>().AddScoped<SaveWebhook>().AddScoped<WebhookLog>().AddHostedService<WebhookSender>();
        services.AddSingleton<PushKeys>().AddScoped<PushSubscriptions>().AddHostedService<PushSender>();
        return services;
    }
}
