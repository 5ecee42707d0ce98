namespace Ladewerk.Tariffs;

/// <summary>
/// Prices a session: tariff version, session facts and time zone to cost lines. Pure: the same input gives the same
/// answer anywhere and at any time. OCPI 2.2.1 §mod_tariffs; what goes beyond it is in <see cref="TariffExtensions"/>.
/// </summary>
public static class PricingEngine
{
    /// <summary>Times of the tariff are local to <paramref name="timeZone"/>, the site's, summer time included.</summary>
    public static Cost Price(Tariff tariff, PricingSession session, TimeZoneInfo timeZone)
    {
        ArgumentNullException.ThrowIfNull(tariff);
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(timeZone);
        var compiled = CompiledTariff.Of(tariff);
        var walk = new SessionWalk(compiled, session, timeZone);
        walk.Run();
        StepSizes.Apply(walk.Postings);
        var reliefs = Caps.Apply(compiled, walk.Postings);
        return Bill.Of(compiled, walk.Postings, reliefs, walk.Warnings);
    }
}
