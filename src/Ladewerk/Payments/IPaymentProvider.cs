using Ladewerk.Kernel;

namespace Ladewerk.Payments;

/// <summary>A card is to be held for up to an amount: somebody is sent to the provider's page for it.</summary>
/// <param name="PaymentId">Ours; comes back with everything that the provider tells of it.</param>
/// <param name="Amount">Gross.</param>
/// <param name="Title">What it is for, as the page says it.</param>
/// <param name="Return">Where the provider sends people back to, whatever came of it.</param>
/// <param name="Language">de or en.</param>
/// <param name="MayIncrease">Whether the card is asked to allow a higher amount later.</param>
public sealed record HoldRequest(Guid PaymentId, Money Amount, string Title, Uri Return, string Language, bool MayIncrease);

/// <summary>The provider's page on which a card is given.</summary>
/// <param name="Address">Null once nobody can pay there any more.</param>
/// <param name="IntentId">The provider's own payment, as soon as there is one.</param>
/// <param name="Email">What the payer entered.</param>
public sealed record HoldPage(string Id, Uri? Address, HoldPageState State, string? IntentId, string? Email);

/// <summary>What became of the provider's page.</summary>
public enum HoldPageState
{
    Open,
    Complete,
    Expired,
}

/// <summary>A payment as the provider knows it now.</summary>
/// <param name="Held">What may be captured; 0 after it was.</param>
/// <param name="Captured">What has been taken.</param>
/// <param name="Refunded">What of it went back.</param>
/// <param name="Fee">What the provider keeps; null while it has not said.</param>
/// <param name="CanIncrease">The card allows more to be held.</param>
public sealed record ProviderPayment(string Id, ProviderState State, Money Held, Money Captured, Money Refunded, decimal? Fee, bool CanIncrease)
{
    /// <summary>The last four digits of the card, where it was given at a reader.</summary>
    public string? CardLast4 { get; init; }
}

/// <summary>How far a payment is at the provider.</summary>
public enum ProviderState
{
    /// <summary>No card yet, or one that was declined, or one whose bank asks its owner first.</summary>
    Waiting,
    Processing,
    Held,
    Captured,
    Cancelled,
}

/// <summary>Money that went back.</summary>
public sealed record ProviderRefund(string Id, bool IsDone, bool IsFailed);

/// <summary>A movement on our balance at the provider.</summary>
/// <param name="Source">The payment intent or refund that moved it: the provider's id.</param>
/// <param name="Amount">Before the fee; negative where money left.</param>
public sealed record ProviderMovement(string Id, string Type, string? Source, Money Amount, decimal Fee, DateTimeOffset At);

/// <summary>
/// Moves money. Amounts are decimal; every call that changes something carries a key derived from our own ids, so that the same call made again,
/// after a crash too, is the same movement.
/// </summary>
public interface IPaymentProvider
{
    /// <summary>As it stands in the database, such as <c>stripe</c>.</summary>
    string Name { get; }

    /// <exception cref="PaymentProviderException">The provider refused, or cannot be reached.</exception>
    Task<HoldPage> OpenHold(HoldRequest request, CancellationToken ct);

    /// <inheritdoc cref="OpenHold"/>
    Task<HoldPage> Page(string id, CancellationToken ct);

    /// <summary>Nobody can pay on the page any more; a page that is complete stays so.</summary>
    /// <inheritdoc cref="OpenHold"/>
    Task<HoldPage> ClosePage(string id, CancellationToken ct);

    /// <inheritdoc cref="OpenHold"/>
    Task<ProviderPayment> Find(string intentId, CancellationToken ct);

    /// <summary>Takes an amount, at most what is held, and releases the rest.</summary>
    /// <inheritdoc cref="OpenHold"/>
    Task<ProviderPayment> Capture(string intentId, Money amount, string key, CancellationToken ct);

    /// <summary>Releases all that is held.</summary>
    /// <inheritdoc cref="OpenHold"/>
    Task<ProviderPayment> Cancel(string intentId, string key, CancellationToken ct);

    /// <summary>Holds more: <paramref name="total"/> in all.</summary>
    /// <inheritdoc cref="OpenHold"/>
    Task<ProviderPayment> Increase(string intentId, Money total, string key, CancellationToken ct);

    /// <param name="refund">Ours; by it the refund is found again.</param>
    /// <inheritdoc cref="OpenHold"/>
    Task<ProviderRefund> Refund(string intentId, Guid refund, Money amount, string key, CancellationToken ct);

    /// <summary>A refund that we asked for, as it is now; null: the provider knows of none.</summary>
    /// <inheritdoc cref="OpenHold"/>
    Task<ProviderRefund?> FindRefund(string intentId, Guid refund, CancellationToken ct);

    /// <summary>What moved our balance in a span of time, in no order.</summary>
    /// <inheritdoc cref="OpenHold"/>
    IAsyncEnumerable<ProviderMovement> Movements(DateTimeOffset from, DateTimeOffset to, CancellationToken ct);
}

/// <summary>The providers of operators.</summary>
public interface IPaymentProviders
{
    /// <summary>The one of the scope's operator; null where it takes no cards.</summary>
    Task<IPaymentProvider?> Current(CancellationToken ct);
}

/// <summary>Why a provider did not do what was asked.</summary>
public enum ProviderFault
{
    /// <summary>It may do it later: the network, too many requests, its own error.</summary>
    Unavailable,

    /// <summary>The card was declined.</summary>
    Declined,

    /// <summary>Not in this state: it was done already, or it is over.</summary>
    State,

    /// <summary>The keys are wrong or may not do it.</summary>
    Keys,

    /// <summary>The request makes no sense to it.</summary>
    Invalid,
}

/// <summary>A provider refused or cannot be reached. The message says which code it gave, never what was sent.</summary>
public sealed class PaymentProviderException(ProviderFault fault, string? code, string? requestId, Exception? inner = null)
    : InvalidOperationException($"The payment provider answered {fault} ({code ?? "no code"}, request {requestId ?? "unknown"}).", inner)
{
    public ProviderFault Fault { get; } = fault;

    /// <summary>The provider's own code, such as <c>insufficient_funds</c>.</summary>
    public string? Code { get; } = code;

    /// <summary>The provider's payment that was refused; null where it names none.</summary>
    public string? IntentId { get; init; }
}
