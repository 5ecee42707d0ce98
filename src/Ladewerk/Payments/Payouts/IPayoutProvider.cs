using Ladewerk.Kernel;

namespace Ladewerk.Payments.Payouts;

/// <summary>A host's account, as the provider knows it.</summary>
/// <param name="CanReceive">Money can be transferred to it.</param>
/// <param name="IsClosed">The provider has closed it, or waits for something that is overdue.</param>
/// <param name="Missing">What it wants to know, in its words.</param>
public sealed record ProviderAccount(string Id, bool CanReceive, bool IsClosed, IReadOnlyList<string> Missing);

/// <summary>A host is to get an account at the provider.</summary>
/// <param name="Organisation">Ours; comes back with everything that the provider tells of it.</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
public sealed record AccountRequest(Guid Organisation, string Name, string Country, string? Email);

/// <summary>Money is to go to a host's account.</summary>
/// <param name="Payout">Ours; by it the transfer is found again.</param>
/// <param name="Title">What the host reads.</param>
public sealed record TransferRequest(Guid Payout, string Account, Money Amount, string Title);

/// <summary>A transfer, as the provider knows it now.</summary>
/// <param name="Fee">What the provider keeps; null while it has not said.</param>
public sealed record ProviderTransfer(string Id, Money Amount, string Account, decimal? Fee);

/// <summary>Money of a transfer that came back.</summary>
/// <param name="Return">Our id, where we asked for it.</param>
public sealed record ProviderReturn(string Id, Money Amount, Guid? Return);

/// <summary>Sends hosts their share. As with <see cref="IPaymentProvider"/>, every change carries a key derived from our own ids.</summary>
public interface IPayoutProvider
{
    /// <exception cref="PaymentProviderException">The provider refused, or cannot be reached.</exception>
    Task<ProviderAccount> OpenAccount(AccountRequest request, string key, CancellationToken ct);

    /// <inheritdoc cref="OpenAccount"/>
    Task<ProviderAccount> Account(string id, CancellationToken ct);

    /// <summary>The provider's pages on which the host says who it is and where its bank account is; open for minutes.</summary>
    /// <param name="again">Where it sends people whose link has run out.</param>
    /// <param name="done">Where it sends people afterwards, whether they have said everything or not.</param>
    /// <inheritdoc cref="OpenAccount"/>
    Task<Uri> Onboarding(string account, Uri again, Uri done, CancellationToken ct);

    /// <inheritdoc cref="OpenAccount"/>
    Task<ProviderTransfer> Transfer(TransferRequest request, string key, CancellationToken ct);

    /// <summary>The transfer of a payout, where there is one: before it is asked for again long after a crash.</summary>
    /// <inheritdoc cref="OpenAccount"/>
    Task<ProviderTransfer?> FindTransfer(Guid payout, CancellationToken ct);

    /// <summary>Takes money of a transfer back.</summary>
    /// <inheritdoc cref="OpenAccount"/>
    Task<ProviderReturn> TakeBack(string transfer, Guid id, Money amount, string key, CancellationToken ct);

    /// <summary>All that came back of a transfer, whoever asked for it.</summary>
    /// <inheritdoc cref="OpenAccount"/>
    Task<IReadOnlyList<ProviderReturn>> Returns(string transfer, CancellationToken ct);
}
