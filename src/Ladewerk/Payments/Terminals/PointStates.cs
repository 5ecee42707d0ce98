namespace Ladewerk.Payments.Terminals;

/// <summary>What a charge point with a reader is to a payer, as the tables of stations, sessions and payments say it now.</summary>
internal static class PointStates
{
    /// <summary>A car is plugged in and nobody charges; a cable may be plugged in; somebody charges or is about to; none of these.</summary>
    public const string Plugged = "plugged", Free = "free", Taken = "taken", Away = "away";

    /// <summary>An expression of SQL over <c>p</c>, which has <c>station_id</c> and <c>evse_number</c>; <c>$1</c> is now.</summary>
    public const string Sql = """
        case
          when not exists (select from station_connection n where n.station_id = p.station_id) then 'away'
          when exists (select from charging_session s where s.station_id = p.station_id and s.evse_number = p.evse_number and s.state = 'active')
            or exists (select from connector c where c.station_id = p.station_id and c.evse_number = p.evse_number and c.status in ('Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing'))
            or exists (select from payment x where x.station_id = p.station_id and x.evse_number = p.evse_number and x.state in ('held', 'starting'))
            or exists (select from phone_start h where h.station_id = p.station_id and h.evse_number = p.evse_number and h.outcome = 'accepted' and h.session_id is null and h.requested_at > $1 - interval '2 minutes'
                       and not exists (select from payment x where x.link_hash = h.token_hash and x.state in ('charging', 'captured', 'released')))
            or exists (select from reservation r where r.station_id = p.station_id and coalesce(r.evse_number, p.evse_number) = p.evse_number and r.state in ('sent', 'active') and r.starts_at <= $1 and r.expires_at > $1)
            then 'taken'
          when exists (select from connector c where c.station_id = p.station_id and c.evse_number = p.evse_number and c.status = 'Preparing') then 'plugged'
          when exists (select from connector c where c.station_id = p.station_id and c.evse_number = p.evse_number and c.status = 'Available') then 'free'
          else 'away'
        end
        """;

    /// <summary>Whether a card is still to be asked for, as SQL over an offer <c>p</c>.</summary>
    public static readonly string WantedSql = $"(case when p.origin = 'plug' then {Sql} = 'plugged' else {Sql} in ('plugged', 'free') end)";
}
