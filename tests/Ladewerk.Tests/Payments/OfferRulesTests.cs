using Ladewerk.Kernel;
using Ladewerk.Payments;
using Ladewerk.Payments.Terminals;
using Ladewerk.Stations;

namespace Ladewerk.Tests.Payments;

/// <summary>What is done about a card that is asked for.</summary>
public sealed class OfferRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Waiting", "plugged", "Wait", null)]
    [InlineData("Done", "plugged", "Wait", null)]
    [InlineData("Idle", "plugged", "Ask", null)]
    [InlineData("Declined", "plugged", "Ask", null)]
    [InlineData("Cancelled", "plugged", "End", "Cancelled")]
    [InlineData("Offline", "plugged", "End", "Offline")]
    [InlineData("Waiting", "taken", "End", "Taken")]
    [InlineData("Waiting", "free", "End", "Left")]
    [InlineData("Waiting", "away", "End", "Left")]
    public void What_the_reader_and_the_point_say_decides(string sight, string point, string step, string? ending)
    {
        var (next, why) = OfferRules.Next(Offer(OfferOrigin.Plug), Facts(Enum.Parse<OfferSight>(sight), point));
        (next.ToString(), why?.ToString()).ShouldBe((step, ending));
    }

    [Fact]
    public void Who_chose_the_reader_need_not_be_plugged_in()
    {
        OfferRules.Next(Offer(OfferOrigin.Page), Facts(OfferSight.Waiting, PointStates.Free)).Step.ShouldBe(OfferStep.Wait);
        OfferRules.Next(Offer(OfferOrigin.Page), Facts(OfferSight.Waiting, PointStates.Away)).Ending.ShouldBe(OfferEnding.Left);
    }

    [Fact]
    public void A_decline_is_counted_once_for_each_time_that_the_reader_asked_and_three_are_enough()
    {
        var offer = Offer(OfferOrigin.Plug);
        OfferRules.Next(offer, Facts(OfferSight.Declined, PointStates.Plugged)).Step.ShouldBe(OfferStep.Ask);
        OfferRules.Next(offer, Facts(OfferSight.Declined, PointStates.Plugged)).Step.ShouldBe(OfferStep.Ask);
        offer.Declines.ShouldBe(1);
        offer.Round = 2;
        OfferRules.Next(offer, Facts(OfferSight.Declined, PointStates.Plugged)).Step.ShouldBe(OfferStep.Ask);
        offer.Round = 3;
        OfferRules.Next(offer, Facts(OfferSight.Declined, PointStates.Plugged)).Ending.ShouldBe(OfferEnding.Declined);
    }

    [Fact]
    public void Whoever_keeps_the_reader_too_long_lets_the_next_one_have_it()
    {
        var offer = Offer(OfferOrigin.Plug);
        offer.OfferedAt = Now - OfferRules.Turn;
        OfferRules.Next(offer, Facts(OfferSight.Waiting, PointStates.Plugged)).Step.ShouldBe(OfferStep.Wait);
        OfferRules.Next(offer, Facts(OfferSight.Waiting, PointStates.Plugged) with { OthersWait = true }).Step.ShouldBe(OfferStep.Yield);
        OfferRules.Next(offer, Facts(OfferSight.Done, PointStates.Plugged) with { OthersWait = true }).Step.ShouldBe(OfferStep.Wait);
    }

    [Fact]
    public void Nobody_waits_for_ever_and_a_reader_that_is_taken_out_asks_no_more()
    {
        var offer = Offer(OfferOrigin.Plug);
        OfferRules.Next(offer, Facts(OfferSight.Waiting, PointStates.Plugged) with { IsRemoved = true }).Ending.ShouldBe(OfferEnding.Removed);
        offer.Until = Now;
        OfferRules.Next(offer, Facts(OfferSight.Waiting, PointStates.Plugged)).Ending.ShouldBe(OfferEnding.TimedOut);
    }

    private static TerminalOffer Offer(OfferOrigin origin) => new()
    {
        PaymentId = PaymentId.New(), TenantId = new TenantId(Guid.NewGuid()), TerminalId = TerminalId.New(), StationId = StationId.New(), EvseNumber = 1, Origin = origin, State = OfferState.Offered, Round = 1,
        Until = Now.AddMinutes(5), CreatedAt = Now, QueuedAt = Now, OfferedAt = Now,
    };

    private static OfferFacts Facts(OfferSight sight, string point) => new(sight, point, IsRemoved: false, OthersWait: false, Now);
}
