using FsCheck;
using FsCheck.Fluent;
using Ladewerk.Sessions;
using Ladewerk.Tariffs;

namespace Ladewerk.Tests.Sessions;

/// <summary>What a code takes off a session's cost.</summary>
public sealed class CreditReliefTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private static readonly Gen<(CodeCredit Credit, int Wh, int EnergyCents, int FlatCents, bool Gross)> Any =
        from grants in Gen.Elements("energy", "money", "sessions")
        from amount in Gen.Choose(1, 60_000)
        from wh in Gen.Choose(0, 80_000)
        from energy in Gen.Choose(0, 99)
        from flat in Gen.Choose(0, 300)
        from gross in Gen.Elements(true, false)
        select (new CodeCredit(grants, grants == "money" ? amount / 100m : grants == "sessions" ? 1m : amount), wh, energy, flat, gross);

    [Fact]
    public void It_takes_no_more_than_is_owed_or_left_and_the_lines_add_up() => Prop.ForAll(Any.ToArbitrary(), sample =>
    {
        var full = Price(sample, null);
        var paid = Price(sample, sample.Credit);
        var limit = sample.Credit.Grants switch { "money" => sample.Credit.Amount, _ => full.Cost.InclVat!.Value };
        return paid.Cost.InclVat >= 0 && paid.Cost.ExclVat >= 0 && paid.Relief <= limit && paid.Taken <= sample.Credit.Amount
            && paid.Cost.InclVat == full.Cost.InclVat - paid.Relief
            && paid.Cost.Lines.Sum(l => l.InclVat) == paid.Cost.InclVat && paid.Cost.Lines.Sum(l => l.ExclVat) == paid.Cost.ExclVat
            && paid.Cost.ExclVat + paid.Cost.Vat.Sum(v => v.Amount) == paid.Cost.InclVat;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Free_energy_pays_its_share_of_the_energy_and_nothing_else()
    {
        var sample = (new CodeCredit("energy", 5_000), 20_000, 40, 100, true);
        Price(sample, sample.Item1).Relief.ShouldBe(2.00m); // 5 of 20 kWh at 0.40; the 1.00 per session stays
        Price(sample, sample.Item1).Cost.InclVat.ShouldBe(7.00m);
    }

    [Fact]
    public void A_whole_session_is_free()
    {
        var sample = (new CodeCredit("sessions", 1), 20_000, 40, 100, false);
        Price(sample, sample.Item1).Cost.InclVat.ShouldBe(0m);
        Price(sample, sample.Item1).Cost.Vat.Sum(v => v.Amount).ShouldBe(0m);
    }

    private static SessionCost Price((CodeCredit Credit, int Wh, int EnergyCents, int FlatCents, bool Gross) sample, CodeCredit? credit)
    {
        var tariff = new Tariff
        {
            Currency = "EUR", TaxIncluded = sample.Gross,
            Elements = [new TariffElement { Components = [Tests.Tariffs.Sessions.Energy(sample.EnergyCents / 100m, 19m, 1), Tests.Tariffs.Sessions.Flat(sample.FlatCents / 100m, 7m)] }],
        };
        var facts = new PricingSession { Start = Start, End = Start.AddHours(2), Periods = [new PricingPeriod(Start, sample.Wh / 1000m, PeriodState.Charging)] };
        return SessionPrice.Of(new PriceTerms(tariff, Credit: credit), facts, Berlin);
    }
}
