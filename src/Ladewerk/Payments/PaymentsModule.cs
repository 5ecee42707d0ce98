using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Payments.App;
using Ladewerk.Payments.Payouts;
using Ladewerk.Payments.Stripe;
using Ladewerk.Payments.Terminals;
using Ladewerk.Sessions.App;
using Microsoft.Extensions.Options;

namespace Ladewerk.Payments;

/// <summary>Cards at charge points, the provider, and the ledger.</summary>
internal static class PaymentsModule
{
    public static IServiceCollection AddPayments(this IServiceCollection services)
    {
        services.AddOptions<StripeOptions>().BindConfiguration("Stripe")
            .Validate(o => o.IsSafe, "Stripe__ApiBase must be https, or http on this machine.")
            .Validate(o => o.Attempts > 0 && o.Timeout > TimeSpan.Zero && o.Tolerance > TimeSpan.Zero).ValidateOnStart();
        // It tells itself what went wrong; readers are looked at every minute, which is nothing to tell of.
        services.AddHttpClient(StripeClient.HttpName, client => client.Timeout = Timeout.InfiniteTimeSpan).RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) });
        services.AddScoped(provider => new StripeClient(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(StripeClient.HttpName), provider.GetRequiredService<IOptions<StripeOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<StripeClient>>()));

        services.AddSingleton<KeySafe>();
        services.AddScoped<PaymentAccounts>().AddScoped<IPaymentProviders>(provider => provider.GetRequiredService<PaymentAccounts>());
        services.AddScoped<OpenPayment>().AddScoped<AdvancePayment>().AddScoped<SettlePayment>().AddScoped<PaidPoint>().AddScoped<PaymentReceipts>();
        services.AddScoped<RefundPayment>().AddScoped<SavePaymentSettings>().AddScoped<FindPayments>().AddScoped<TakeStripeEvent>().AddScoped<PayerPages>();
        services.AddConsumer<CdrRecorded, PaymentOfSession>();
        services.AddConsumer<InvoiceIssued, SalesOfInvoices>();
        services.AddScoped<ReconcilePayments>().AddScoped<IBookedMovements, RefundBooks>();
        services.AddHostedService<PaymentWorker>().AddHostedService<ReconciliationWorker>().AddHostedService<ReceivedPayments>();
        services.AddScoped<Agreement>().AddScoped<CheckBooks>().AddHostedService<CheckBooksWorker>();
        services.AddPayouts();
        services.AddContractPayments();
        services.AddTerminals();
        services.AddSingleton<ForgetGuests>().AddHostedService<ForgetGuestsWorker>();
        services.AddPayRoutes();
        services.AddSingleton(new GuestWay(10, typeof(CardWay), (scope, ct) => scope.GetRequiredService<PaymentAccounts>().TakesCards(ct)));
        services.AddSingleton(new GuestSessionPart(typeof(PaidPart)));
        return services;
    }
}
