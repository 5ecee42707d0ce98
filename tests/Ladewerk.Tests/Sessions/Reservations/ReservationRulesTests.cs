using Ladewerk.Sessions.Reservations;

namespace Ladewerk.Tests.Sessions.Reservations;

/// <summary>Overlaps and starts, decided purely.</summary>
public sealed class ReservationRulesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(null, 10, 11, true)] // before
    [InlineData(1, 12, 13, false)] // the same EVSE at the same time
    [InlineData(1, 13, 14, true)] // right after
    [InlineData(2, 12, 13, true)] // the other EVSE
    [InlineData(null, 12, 13, true)] // any: one is free
    public void A_wish_finds_room_or_not(int? evse, int from, int to, bool hasRoom) =>
        ReservationRules.HasRoom([Taken(1, 12, 13)], Taken(evse, from, to), evses: 2).ShouldBe(hasRoom);

    [Fact]
    public void Any_takes_one_of_them()
    {
        ReservedTime[] taken = [Taken(null, 12, 13), Taken(1, 12, 13)];
        ReservationRules.HasRoom(taken, Taken(null, 12, 13), evses: 2).ShouldBeFalse();
        ReservationRules.HasRoom(taken, Taken(2, 12, 13), evses: 2).ShouldBeFalse("the other one is kept for whoever reserved any");
        ReservationRules.HasRoom(taken, Taken(2, 12, 13), evses: 3).ShouldBeTrue();
        ReservationRules.HasRoom([Taken(null, 10, 12), Taken(null, 12, 14)], Taken(null, 10, 14), evses: 2).ShouldBeTrue("the two are never at once");
    }

    [Fact]
    public void A_start_before_the_station_confirmed_is_not_judged()
    {
        var held = Held(1, "A") with { HeldSince = Noon };
        ReservationRules.OnStart([held], Start("B", Noon.AddMinutes(-1)), Early).IsTaken.ShouldBeFalse();
        ReservationRules.OnStart([held], Start("B", Noon), Early).IsTaken.ShouldBeTrue();
        ReservationRules.OnStart([held], Start("B", held.ExpiresAt), Early).IsTaken.ShouldBeFalse();
    }

    [Fact]
    public void The_named_one_goes_before_the_near_one()
    {
        var (any, mine) = (Held(null, "A") with { Number = 7 }, Held(1, "A") with { Number = 8 });
        ReservationRules.OnStart([any, mine], Start("A", Noon), Early).Fulfilled.ShouldBe(mine);
        ReservationRules.OnStart([any, mine], Start("A", Noon) with { Number = 7 }, Early).Fulfilled.ShouldBe(any);
        ReservationRules.OnStart([mine], Start("A", mine.StartsAt - Early - TimeSpan.FromSeconds(1)), Early).Fulfilled.ShouldBeNull();
    }

    private static ReservedTime Taken(int? evse, int from, int to) => new(evse, Noon.AddHours(from - 12), Noon.AddHours(to - 12));

    private static HeldReservation Held(int? evse, string token) => new(ReservationId.New(), 1, evse, evse ?? 0, token, null, Noon, Noon.AddHours(1), null);

    private static ReservedStart Start(string token, DateTimeOffset at) => new(1, 1, token, null, null, at, 1);
}
