using Ladewerk.Drivers.Contracts;

namespace Ladewerk.Sessions;

/// <summary>What is asked for.</summary>
/// <param name="Zone">The site's.</param>
/// <param name="ChargesHere">The token has a session at this very station.</param>
internal sealed record AuthorisationWish(DateTimeOffset At, TimeZoneInfo Zone, Guid? Site, TokenUse Use, bool ChargesHere);

/// <summary>A token with everything that a decision on it needs, as read in one go.</summary>
/// <param name="Rank">Which of the spellings it was found by.</param>
/// <param name="Running">Sessions that run with it.</param>
internal sealed record TokenFacts(
    KnownToken Token, int Rank, string Status, DateTimeOffset? ValidFrom, string? DriverStatus, long Running, bool IsPublicSite, IReadOnlyList<KnownContract> Contracts, KnownCode? Code);

/// <summary>Decides who may charge, purely.</summary>
internal static class AuthorisationRules
{
    /// <summary>How long after a voucher was redeemed its session may begin.</summary>
    public static readonly TimeSpan CodeHolds = TimeSpan.FromMinutes(15);

    public static Authorisation Decide(TokenFacts facts, AuthorisationWish wish)
    {
        var token = facts.Token;
        if (OfToken(facts, wish) is { } no)
        {
            return Refused(token, no);
        }

        var chosen = Contract(facts, wish);
        token = chosen.Token;
        if (wish.Use == TokenUse.Stop || wish.ChargesHere)
        {
            return new Authorisation(AuthorisationStatus.Accepted, token, Until: token.ValidUntil);
        }

        var code = facts.Code is null ? AuthorisationReason.None : OfCode(facts.Code, wish);
        if (code != AuthorisationReason.None)
        {
            return Refused(token, code);
        }

        if (chosen.Verdict is { Refusal: { } refusal } verdict)
        {
            return Refused(token, Reason(refusal), verdict.Until);
        }

        if (wish.Use == TokenUse.Start && token.ConcurrentSessions > 0 && facts.Running >= token.ConcurrentSessions)
        {
            return Refused(token, AuthorisationReason.Concurrent);
        }

        var until = chosen.Verdict?.Until;
        return new Authorisation(AuthorisationStatus.Accepted, token, Until: until is null || token.ValidUntil < until ? token.ValidUntil ?? until : until);
    }

    /// <summary>The class of a reason, which protocols have words for.</summary>
    public static AuthorisationStatus StatusOf(AuthorisationReason reason) => reason switch
    {
        AuthorisationReason.None => AuthorisationStatus.Accepted,
        AuthorisationReason.Unknown => AuthorisationStatus.Unknown,
        AuthorisationReason.Blocked or AuthorisationReason.Lost or AuthorisationReason.DriverBlocked or AuthorisationReason.DriverNotApproved
            or AuthorisationReason.ContractSuspended => AuthorisationStatus.Blocked,
        AuthorisationReason.Expired or AuthorisationReason.NotYetValid or AuthorisationReason.ContractEnded or AuthorisationReason.ContractNotYetValid => AuthorisationStatus.Expired,
        AuthorisationReason.NoContractHere => AuthorisationStatus.NotHere,
        AuthorisationReason.OutsideWindow => AuthorisationStatus.NotNow,
        AuthorisationReason.BudgetUsedUp or AuthorisationReason.CodeUsedUp => AuthorisationStatus.NoCredit,
        AuthorisationReason.Concurrent => AuthorisationStatus.Concurrent,
        AuthorisationReason.Reserved => AuthorisationStatus.Reserved,
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "No such reason."),
    };

    private static AuthorisationReason? OfToken(TokenFacts facts, AuthorisationWish wish) => facts.Status switch
    {
        "blocked" => AuthorisationReason.Blocked,
        "lost" => AuthorisationReason.Lost,
        "expired" => AuthorisationReason.Expired,
        _ => facts.DriverStatus switch
        {
            null or "active" => facts.Token.ValidUntil < wish.At ? AuthorisationReason.Expired : facts.ValidFrom > wish.At ? AuthorisationReason.NotYetValid : null,
            "blocked" or "closed" => AuthorisationReason.DriverBlocked,
            _ => AuthorisationReason.DriverNotApproved,
        },
    };

    private static (Drivers.Contracts.ContractVerdict? Verdict, KnownToken Token) Contract(TokenFacts facts, AuthorisationWish wish)
    {
        if (facts.Contracts.Count == 0)
        {
            return (null, facts.Token);
        }

        // A guest's code says itself where it holds.
        var asked = new ChargeWish(wish.At, wish.Zone, wish.Site, facts.IsPublicSite || facts.Code is not null);
        var (offer, verdict) = ContractRules.Choose([.. facts.Contracts.Select(c => c.Offer)], asked)!.Value;
        var contract = facts.Contracts.First(c => ReferenceEquals(c.Offer, offer));
        return (verdict, facts.Token with
        {
            Contract = contract, ContractId = contract.Offer.Id, BillingAccountId = contract.BillingAccountId ?? facts.Token.BillingAccountId,
        });
    }

    private static AuthorisationReason OfCode(KnownCode code, AuthorisationWish wish) => code switch
    {
        { IsRevoked: true } => AuthorisationReason.Blocked,
        _ when code.ValidUntil <= wish.At => AuthorisationReason.Expired,
        _ when code.ValidFrom > wish.At => AuthorisationReason.NotYetValid,
        { Sites.Count: > 0 } when wish.Site is not { } site || !code.Sites.Contains(site) => AuthorisationReason.NoContractHere,
        { Pays: true } when code.Remaining <= 0 || code.IsUsed || code.RedeemedAt + CodeHolds < wish.At => AuthorisationReason.CodeUsedUp,
        _ => AuthorisationReason.None,
    };

    private static AuthorisationReason Reason(ContractRefusal refusal) => refusal switch
    {
        ContractRefusal.Ended => AuthorisationReason.ContractEnded,
        ContractRefusal.NotThisSite => AuthorisationReason.NoContractHere,
        ContractRefusal.Suspended => AuthorisationReason.ContractSuspended,
        ContractRefusal.NotYetValid => AuthorisationReason.ContractNotYetValid,
        ContractRefusal.BudgetUsedUp => AuthorisationReason.BudgetUsedUp,
        ContractRefusal.OutsideWindow => AuthorisationReason.OutsideWindow,
        ContractRefusal.Concurrent => AuthorisationReason.Concurrent,
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "No such refusal."),
    };

    private static Authorisation Refused(KnownToken token, AuthorisationReason reason, DateTimeOffset? until = null) => new(StatusOf(reason), token, Reason: reason, Until: until);
}
