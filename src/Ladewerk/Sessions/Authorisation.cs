using Ladewerk.Drivers;
using Ladewerk.Drivers.Contracts;

namespace Ladewerk.Sessions;

/// <summary>A decision on an id token.</summary>
public enum AuthorisationStatus
{
    /// <summary>May charge.</summary>
    Accepted,

    /// <summary>Nobody knows this token.</summary>
    Unknown,

    /// <summary>Blocked, lost, or its driver or contract is.</summary>
    Blocked,

    /// <summary>Outside its validity.</summary>
    Expired,

    /// <summary>Already charging elsewhere as often as it may.</summary>
    Concurrent,

    /// <summary>The connector is held for somebody else.</summary>
    Reserved,

    /// <summary>No contract of it opens this site.</summary>
    NotHere,

    /// <summary>Its contract lets it charge at other times.</summary>
    NotNow,

    /// <summary>What it may use is used up.</summary>
    NoCredit,
}

/// <summary>Why a token may not charge; each has words for the driver (<c>sessions.refused.*</c>).</summary>
public enum AuthorisationReason
{
    None,
    Unknown,
    Blocked,
    Lost,
    Expired,
    NotYetValid,
    DriverBlocked,

    /// <summary>Somebody has yet to approve the driver's registration.</summary>
    DriverNotApproved,
    ContractEnded,
    ContractSuspended,
    ContractNotYetValid,

    /// <summary>No contract opens this site.</summary>
    NoContractHere,
    OutsideWindow,
    BudgetUsedUp,

    /// <summary>A code of which nothing is left, or whose start was not used in time.</summary>
    CodeUsedUp,
    Concurrent,
    Reserved,
}

/// <summary>The contract under which a token charges, as of now.</summary>
public sealed record KnownContract(
    ContractOffer Offer, string Number, ContractKind Kind, string? TariffGroup, string? CostCentre, decimal? ReimbursementPerKwh, BillingAccountId? BillingAccountId);

/// <summary>The code that a token stands for.</summary>
/// <param name="Grants">energy, money, sessions, stay or card.</param>
/// <param name="Remaining">Wh, money or sessions.</param>
/// <param name="IsUsed">A voucher's start was made with it.</param>
public sealed record KnownCode(
    Guid UseId, string Grants, decimal Remaining, DateTimeOffset? ValidFrom, DateTimeOffset? ValidUntil, IReadOnlyList<Guid> Sites, bool IsRevoked, DateTimeOffset RedeemedAt, bool IsUsed)
{
    /// <summary>Whether it pays for a session, rather than only letting somebody charge.</summary>
    public bool Pays => Grants != "stay";

    /// <summary>What it takes off the price; null where the price stays, as with a card that is held for it.</summary>
    public CodeCredit? Credit => Grants is "stay" or "card" ? null : new CodeCredit(Grants, Remaining);
}

/// <summary>A token that is known, with what hangs on it.</summary>
/// <param name="GroupId">OCPP's parent id tag.</param>
/// <param name="ContractId">The contract under which it charges here.</param>
public sealed record KnownToken(
    IdTokenId Id,
    string Uid,
    string Key,
    string? GroupId,
    DriverId? DriverId,
    Guid? ContractId,
    BillingAccountId? BillingAccountId,
    DateTimeOffset? ValidUntil,
    int ConcurrentSessions)
{
    public KnownContract? Contract { get; init; }

    public KnownCode? Code { get; init; }

    /// <summary>The group that tariffs go by.</summary>
    public string? TariffGroup => Contract?.TariffGroup ?? GroupId;
}

/// <summary>The decision, and the token where it is known.</summary>
/// <param name="Status">May it charge.</param>
/// <param name="Token">Null where unknown.</param>
/// <param name="Spelling">How the station's spelling was understood where it was not the registered one: alias, suffix, reversed, padded, shortened; else null.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Until">When a yes ends by itself; after a no, when it would be a yes. Null: never, or nobody knows.</param>
public sealed record Authorisation(
    AuthorisationStatus Status, KnownToken? Token, string? Spelling = null, AuthorisationReason Reason = AuthorisationReason.None, DateTimeOffset? Until = null)
{
    internal static readonly Authorisation Unknown = new(AuthorisationStatus.Unknown, null, Reason: AuthorisationReason.Unknown);

    public bool IsAccepted => Status == AuthorisationStatus.Accepted;
}
