using Ladewerk.Drivers.Vouchers;
using Ladewerk.Tariffs;

namespace Ladewerk.Sessions;

/// <summary>A session priced from what is stored of it.</summary>
/// <param name="Tariff">That held at its start.</param>
/// <param name="CodeUse">The use of the code that pays; null where none does.</param>
public sealed record PricedSession(Tariff Tariff, SessionCost Result, Guid? CodeUse);

/// <summary>Prices a session by the tariff versions that were frozen at its start, and by what its code can still pay.</summary>
public sealed class PriceSession(PricingFacts facts, TariffResolver tariffs, CodeAccounts codes)
{
    /// <summary>Null where the session has no tariff.</summary>
    public async Task<PricedSession?> Run(ChargingSession session, CancellationToken ct)
    {
        if (session is not { TariffId: { } id, TariffVersion: { } version } || await tariffs.Document(id, version, ct) is not { } tariff)
        {
            return null;
        }

        var next = session is { NextTariffId: { } other, NextTariffVersion: { } number } ? await tariffs.Document(other, number, ct) : null;
        var balance = session.Authorisation == "accepted" ? await codes.Of(session.Id.Value, ct) : null;
        var terms = new PriceTerms(tariff, next, session.NextTariffAt, balance is null ? null : new CodeCredit(balance.Grants, balance.Available));
        return new PricedSession(tariff, SessionPrice.Of(terms, await facts.Of(session, tariff.FollowsMarket || next is { FollowsMarket: true }, ct), TimeZoneInfo.FindSystemTimeZoneById(session.TimeZone)), balance?.UseId);
    }
}
