using Ladewerk.Kernel;

namespace Ladewerk.Payments.Terminals;

/// <summary>A card reader that is to be taken into use.</summary>
/// <param name="Code">What the reader shows to be registered with.</param>
/// <param name="Label">As people call it.</param>
/// <param name="Tenant">Ours; stays with it at the provider.</param>
/// <param name="Location">The provider's id of the site; null: it is told of it.</param>
public sealed record NewReader(string Code, string Label, TenantId Tenant, string? Location, ReaderPlace Place);

/// <summary>Where a reader is, as the provider must know it.</summary>
/// <param name="Country">Two letters (ISO 3166-1).</param>
public sealed record ReaderPlace(string Name, string Street, string PostalCode, string City, string Country);

/// <summary>A card reader as the provider knows it.</summary>
/// <param name="Tenant">Who registered it, where the provider remembers.</param>
public sealed record ReaderSight(string Id, bool Online, string? Model, string? SerialNumber, string? Location, Guid? Tenant);

/// <summary>A card is to be held at a reader for up to an amount, and asked whether it allows a higher one later. Frozen with the payment: it is asked again in the same words.</summary>
/// <param name="Payment">Ours; comes back with everything that the provider tells of it.</param>
/// <param name="Reader">The provider's id.</param>
/// <param name="Amount">Gross.</param>
/// <param name="Title">What it is for, in the payer's language.</param>
public sealed record CardOffer(Guid Payment, string Reader, Money Amount, string Title);

/// <summary>What a reader is doing about an offer.</summary>
public enum OfferSight
{
    /// <summary>It does not ask for this card: not yet, not any more, or it is busy with something else.</summary>
    Idle,

    /// <summary>It asks for the card, or is reading it.</summary>
    Waiting,

    /// <summary>The card was read and accepted; whether it is held, the payment itself says (<see cref="IPaymentProvider.Find"/>).</summary>
    Done,
    Declined,

    /// <summary>The payer pressed cancel.</summary>
    Cancelled,

    /// <summary>It is not connected, or does not exist any more.</summary>
    Offline,
}

/// <summary>
/// Card readers of one maker or provider: another way to a held card. What happens with the money afterwards is the <see cref="IPaymentProvider"/>'s.
/// Each call may be made again, after a crash too: keys are derived from our ids, and an offer is prepared before a reader is asked.
/// </summary>
public interface IPaymentTerminal
{
    /// <summary>As it stands in the database, such as <c>stripe</c>.</summary>
    string Name { get; }

    /// <exception cref="PaymentProviderException">The provider refused (<see cref="ProviderFault.Invalid"/>: it does not know the code), or cannot be reached.</exception>
    Task<ReaderSight> Register(NewReader reader, CancellationToken ct);

    /// <summary>A reader as it is now; null: there is none.</summary>
    /// <inheritdoc cref="Register"/>
    Task<ReaderSight?> Find(string reader, CancellationToken ct);

    /// <inheritdoc cref="Register"/>
    Task Rename(string reader, string label, CancellationToken ct);

    /// <summary>Gives a reader back; one that is gone stays so.</summary>
    /// <inheritdoc cref="Register"/>
    Task Unregister(string reader, CancellationToken ct);

    /// <summary>Makes the provider's payment, without a card; the same one however often it is asked for. Nothing is held by it yet.</summary>
    /// <returns>Its id, to be stored before a reader is asked: a payment that nobody knows can hold nothing.</returns>
    /// <inheritdoc cref="Register"/>
    Task<string> Prepare(CardOffer offer, CancellationToken ct);

    /// <summary>Has the reader ask for a card.</summary>
    /// <param name="round">A new number each time that the reader is asked anew.</param>
    /// <inheritdoc cref="Register"/>
    Task<OfferSight> Offer(CardOffer offer, string intent, int round, CancellationToken ct);

    /// <summary>What the reader is doing about an offer.</summary>
    /// <inheritdoc cref="Register"/>
    Task<OfferSight> State(string reader, string intent, CancellationToken ct);

    /// <summary>Has the reader ask no longer; does nothing where it does not.</summary>
    /// <returns>False: a card is being read just now, look again.</returns>
    /// <inheritdoc cref="Register"/>
    Task<bool> Withdraw(string reader, string intent, CancellationToken ct);
}

/// <summary>The card readers of operators.</summary>
public interface IPaymentTerminals
{
    /// <summary>Those of a provider, with the scope's operator's account; null where it has none.</summary>
    Task<IPaymentTerminal?> Of(string provider, CancellationToken ct);
}
