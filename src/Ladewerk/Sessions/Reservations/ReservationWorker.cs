using Microsoft.Extensions.Options;
using Npgsql;

namespace Ladewerk.Sessions.Reservations;

/// <summary>
/// Sends planned reservations when their time comes and the station is there, ends those whose time is over, and tells a station again what
/// it has forgotten: it restarted since it confirmed, or says that the connector is free.
/// </summary>
internal sealed class ReservationWorker(
    NpgsqlDataSource dataSource, IServiceScopeFactory scopes, TimeProvider time, IOptions<ReservationsOptions> options, ILogger<ReservationWorker> logger)
    : DueWork(dataSource, scopes, time, options.Value.Poll, logger)
{
    private readonly string settle = FormattableString.Invariant($"interval '{options.Value.Settle.TotalSeconds} s'");

    protected override TimeSpan Lease => DeliverReservation.Lease;

    protected override string TakeSql => $$"""
        update reservation set leased_until = $2 where id in (
          select r.id from reservation r
          join charging_station s on s.id = r.station_id
          left join station_connection n on n.station_id = r.station_id
          where r.due_at is not null and (r.leased_until is null or r.leased_until <= $1)
            and ((r.due_at <= $1 and r.expires_at <= $1)
              or (n.station_id is not null and n.connected_at <= $1 - {{settle}} and s.registration_status = 'accepted'
                and (r.due_at <= $1
                  or (r.state = 'active' and s.last_boot_at > r.confirmed_at and s.last_boot_at <= $1 - {{settle}})
                  or (r.state = 'active' and exists (
                    select from connector c where c.station_id = r.station_id and c.wire_number = r.sent_connector and c.status = 'Available'
                      and c.status_at > r.confirmed_at + interval '10 s' and c.status_at <= $1 - {{settle}})))))
          order by r.due_at limit $3 for update of r skip locked)
        returning tenant_id, id
        """;

    protected override Task Work(IServiceProvider scope, Guid id, CancellationToken ct) =>
        scope.GetRequiredService<DeliverReservation>().Run(new ReservationId(id), ct);
}
