using Ladewerk.Kernel;
using Ladewerk.Payments.Disputes;
using Ladewerk.Payments.Methods;

namespace Ladewerk.Payments;

/// <summary>A payer as the provider is to know them.</summary>
/// <param name="AccountId">Of the billing account.</param>
public sealed record NewCustomer(Guid AccountId, string Name, string? Email, string Language);

/// <summary>A payer is sent to the provider's page to give a card or a mandate for later.</summary>
/// <param name="SetupId">Ours; comes back with everything that the provider tells of it.</param>
/// <param name="Return">Where the provider sends people back to, whatever came of it.</param>
/// <param name="Before">The page that was opened for it before and is over; null: this is the first.</param>
public sealed record SetupRequest(Guid SetupId, string CustomerId, Uri Return, string Language, string? Before);

/// <summary>The provider's page on which a way to pay is given.</summary>
/// <param name="Address">Null once nobody can give one there any more.</param>
/// <param name="Method">What was given; null while nothing was.</param>
public sealed record SetupPage(string Id, Uri? Address, HoldPageState State, ProviderMethod? Method);

/// <summary>A way to pay that the provider keeps.</summary>
/// <param name="Brand">Of a card; of a debit the country of the account.</param>
/// <param name="Last4">The last characters of its number.</param>
/// <param name="ExpiresOn">Last day on which a card holds.</param>
/// <param name="Mandate">Reference of the SEPA mandate.</param>
public sealed record ProviderMethod(string Id, PaymentMethodKind Kind, string? Brand, string Last4, DateOnly? ExpiresOn, string? Mandate);

/// <summary>Money is to be taken from a stored way to pay, while its owner is not there.</summary>
/// <param name="ChargeId">Ours; comes back with everything that the provider tells of it, and makes the same request the same movement.</param>
/// <param name="Title">What it is for, such as the invoice's number.</param>
public sealed record ChargeRequest(Guid ChargeId, string CustomerId, string MethodId, PaymentMethodKind Kind, Money Amount, string Title);

/// <summary>A payer is sent to the provider's page to pay an amount at once.</summary>
/// <inheritdoc cref="ChargeRequest"/>
public sealed record PayPageRequest(Guid ChargeId, string? CustomerId, Money Amount, string Title, Uri Return, string Language);

/// <summary>A payment of an invoice as the provider knows it now.</summary>
/// <param name="Received">What has been taken.</param>
/// <param name="Fee">What the provider keeps; null while it has not said.</param>
/// <param name="Fault">Why nothing was taken, in the provider's word.</param>
public sealed record ProviderCharge(string Id, ProviderState State, Money Received, decimal? Fee, string? Fault);

/// <summary>A dispute as the provider knows it now.</summary>
/// <param name="Movements">What it moved on our balance so far.</param>
/// <param name="AnswerUntil">Until when evidence is taken.</param>
public sealed record ProviderDispute(string Id, DisputeState State, string Reason, Money Amount, DateTimeOffset OpenedAt, DateTimeOffset? AnswerUntil, IReadOnlyList<ProviderMovement> Movements);

/// <summary>A provider with which payers have an account: it keeps their cards and mandates and takes money from them.</summary>
public interface IContractProvider : IPaymentProvider
{
    /// <summary>The provider's id of a payer.</summary>
    /// <exception cref="PaymentProviderException">The provider refused, or cannot be reached.</exception>
    Task<string> Customer(NewCustomer customer, CancellationToken ct);

    /// <summary>Forgets a payer with all that it keeps of them; one that is gone already is no fault.</summary>
    /// <inheritdoc cref="Customer"/>
    Task Forget(string customerId, CancellationToken ct);

    /// <inheritdoc cref="Customer"/>
    Task<SetupPage> OpenSetup(SetupRequest request, CancellationToken ct);

    /// <inheritdoc cref="Customer"/>
    Task<SetupPage> Setup(string id, CancellationToken ct);

    /// <summary>Forgets a way to pay; one that is gone already is no fault.</summary>
    /// <inheritdoc cref="Customer"/>
    Task Detach(string methodId, CancellationToken ct);

    /// <summary>Takes money now. What is declined, or what the payer must agree to first, is told in the answer, not thrown.</summary>
    /// <inheritdoc cref="Customer"/>
    Task<ProviderCharge> Charge(ChargeRequest request, CancellationToken ct);

    /// <summary>What became of a request whose answer never came; null: it never came to be.</summary>
    /// <inheritdoc cref="Customer"/>
    Task<ProviderCharge?> Sought(Guid chargeId, string customerId, DateTimeOffset since, CancellationToken ct);

    /// <inheritdoc cref="Customer"/>
    Task<ProviderCharge> Charged(string intentId, CancellationToken ct);

    /// <inheritdoc cref="Customer"/>
    Task<HoldPage> OpenPayPage(PayPageRequest request, CancellationToken ct);

    /// <inheritdoc cref="Customer"/>
    Task<ProviderDispute> Dispute(string id, CancellationToken ct);
}
