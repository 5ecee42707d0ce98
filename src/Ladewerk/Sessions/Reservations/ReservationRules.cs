using Ladewerk.Drivers;

namespace Ladewerk.Sessions.Reservations;

/// <summary>An open reservation as the station's memory holds it.</summary>
/// <param name="EvseNumber">Null: any.</param>
/// <param name="ConnectorNumber">0: any.</param>
/// <param name="HeldSince">When the station confirmed it; null while it does not hold it.</param>
internal sealed record HeldReservation(
    ReservationId Id, int Number, int? EvseNumber, int ConnectorNumber, string TokenKey, string? GroupId, DateTimeOffset StartsAt, DateTimeOffset ExpiresAt, DateTimeOffset? HeldSince)
{
    /// <summary>Whether a token may use it: its own, or one of its group (OCPP 1.6 §5.12, parentIdTag).</summary>
    public bool Suits(string tokenKey, string? groupId) =>
        string.Equals(TokenKey, tokenKey, StringComparison.Ordinal) || (GroupId is not null && string.Equals(GroupId, groupId, StringComparison.Ordinal));

    /// <summary>Whether the station holds the connector for it then. What happened before it was confirmed is not judged by it.</summary>
    public bool HoldsAt(DateTimeOffset at) => HeldSince <= at && at < ExpiresAt;
}

/// <summary>A session that begins, as far as reservations are concerned.</summary>
/// <param name="Number">The reservation that the station names.</param>
/// <param name="FreeAfter">EVSEs that stay free beside this session; null where the station's EVSEs are not known.</param>
internal readonly record struct ReservedStart(int ConnectorNumber, int EvseNumber, string TokenKey, string? GroupId, int? Number, DateTimeOffset At, int? FreeAfter);

/// <summary>What a start means for the station's reservations.</summary>
/// <param name="Fulfilled">The one it uses up.</param>
/// <param name="IsTaken">The connector is held for somebody else.</param>
internal readonly record struct StartVerdict(HeldReservation? Fulfilled, bool IsTaken);

/// <summary>A time on an EVSE of a station that is taken, or wished for.</summary>
/// <param name="EvseNumber">Null: any.</param>
internal readonly record struct ReservedTime(int? EvseNumber, DateTimeOffset From, DateTimeOffset To)
{
    public bool Overlaps(ReservedTime other) => From < other.To && other.From < To;
}

/// <summary>Decides on reservations, purely.</summary>
internal static class ReservationRules
{
    /// <summary>Which reservation a start uses up, and whether another one forbids it.</summary>
    /// <param name="early">How long before its start a reservation may be used.</param>
    public static StartVerdict OnStart(IReadOnlyList<HeldReservation> open, ReservedStart start, TimeSpan early)
    {
        HeldReservation? mine = null;
        var heldForAny = 0;
        var isTaken = false;
        foreach (var reservation in open)
        {
            if (reservation.Suits(start.TokenKey, start.GroupId))
            {
                mine = Covers(reservation, start) && IsUsable(reservation, start.At, early) && IsBetter(reservation, mine, start) ? reservation : mine;
            }
            else if (reservation.HoldsAt(start.At))
            {
                isTaken |= reservation.EvseNumber == start.EvseNumber;
                heldForAny += reservation.EvseNumber is null ? 1 : 0;
            }
        }

        // OCPP 1.6 §5.12: for connector 0 one connector stays available, whichever it is.
        var leavesTooFew = mine is null && start.FreeAfter < heldForAny;
        return new StartVerdict(mine, isTaken || leavesTooFew);
    }

    /// <summary>Whether a wish finds room beside what is reserved already: its EVSE is free, and every other wish keeps one.</summary>
    /// <param name="evses">How many the station has.</param>
    public static bool HasRoom(IReadOnlyCollection<ReservedTime> taken, ReservedTime wish, int evses)
    {
        var overlapping = taken.Where(t => t.Overlaps(wish)).ToList();
        if (wish.EvseNumber is { } evse && overlapping.Exists(t => t.EvseNumber == evse))
        {
            return false;
        }

        // The most at once within the wish: it only rises where one begins.
        var begins = overlapping.Select(t => t.From > wish.From ? t.From : wish.From).Append(wish.From).Distinct();
        return begins.All(at => overlapping.Count(t => t.From <= at && at < t.To) < Math.Max(1, evses));
    }

    /// <summary>How often a token may be reserved at once is how often it may charge at once.</summary>
    public static bool TokenIsFree(IdToken token, int overlapping) => token.ConcurrentSessions == 0 || overlapping < token.ConcurrentSessions;

    private static bool Covers(HeldReservation reservation, ReservedStart start) =>
        reservation.Number == start.Number || reservation.EvseNumber is null || reservation.EvseNumber == start.EvseNumber;

    private static bool IsUsable(HeldReservation reservation, DateTimeOffset at, TimeSpan early) => reservation.StartsAt - early <= at && at < reservation.ExpiresAt;

    /// <summary>The one that the station names, then one for this very EVSE, then the earliest.</summary>
    private static bool IsBetter(HeldReservation candidate, HeldReservation? best, ReservedStart start) =>
        best is null || Rank(candidate, start).CompareTo(Rank(best, start)) < 0;

    private static (int, int, DateTimeOffset) Rank(HeldReservation r, ReservedStart start) => (r.Number == start.Number ? 0 : 1, r.EvseNumber is null ? 1 : 0, r.StartsAt);
}
