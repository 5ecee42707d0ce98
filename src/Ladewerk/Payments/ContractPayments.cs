using Ladewerk.Billing;
using Ladewerk.Billing.Dunning;
using Ladewerk.Drivers.Privacy;
using Ladewerk.Kernel;
using Ladewerk.Payments.Disputes;
using Ladewerk.Payments.Invoices;
using Ladewerk.Payments.Methods;
using Ladewerk.Payments.Stripe;

namespace Ladewerk.Payments;

/// <summary>Payers with an account: their cards and mandates, the collection of invoices, disputes.</summary>
internal static class ContractPayments
{
    public static IServiceCollection AddContractPayments(this IServiceCollection services)
    {
        // An event is told to the first that knows it: a dispute of a payment is the dispute's.
        services.AddScoped<IStripeSubject, DisputeSubject>().AddScoped<IStripeSubject, SetupSubject>().AddScoped<IStripeSubject, ChargeSubject>().AddScoped<IStripeSubject, PaymentSubject>();

        services.AddScoped<AskForMethod>().AddScoped<OpenMethodPage>().AddScoped<AdvanceMethodSetup>().AddScoped<ChooseMethod>().AddScoped<FindMethods>().AddScoped<OwnAccount>().AddScoped<ForgetPayer>();
        services.AddScoped<IHoldsPerson, ForgetMethods>().AddScoped<IErasesPerson, ForgetMethods>();
        services.AddScoped<Collections>().AddScoped<DebitDays>().AddScoped<PlanCollection>().AddScoped<AdvanceCollection>().AddScoped<StepCharge>().AddScoped<SettleCharge>().AddScoped<ReturnCredit>().AddScoped<ICollectsInvoices, CollectsInvoices>().AddScoped<TellPayer>().AddScoped<OpenInvoicePage>().AddScoped<FindCollections>();
        services.AddScoped<InvoicePayLinks>().AddScoped<IPayLinks>(provider => provider.GetRequiredService<InvoicePayLinks>());
        services.AddScoped<IBookedMovements, ChargeBooks>();
        services.AddScoped<AdvanceDispute>().AddScoped<FindDisputes>();
        services.AddConsumer<InvoiceIssued, CollectIssued>().AddConsumer<PaymentMethodAdded, CollectWithNewMethod>();
        services.AddConsumer<InvoiceIssued, CreditArose>().AddConsumer<InvoicePaymentNoted, CreditArose>();
        services.AddConsumer<InvoiceSettled, StopCollecting>().AddConsumer<InvoiceCancelled, StopCollecting>();
        services.AddHostedService<MethodSetupWorker>().AddHostedService<ForgetPayers>().AddHostedService<CollectionWorker>().AddHostedService<DisputeWorker>();
        return services;
    }
}
