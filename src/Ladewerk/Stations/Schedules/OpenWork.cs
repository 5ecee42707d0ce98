using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations.Jobs;
using Npgsql;

namespace Ladewerk.Stations.Schedules;

/// <summary>Puts stations back in service when a schedule's time is over; but never one that a person took out of service: somebody may be working at it.</summary>
internal sealed class OpenWork(SendCommand send, StationRegistry registry, NpgsqlDataSource data) : IJobWork
{
    public const string Name = "putInService";

    /// <summary>Why a station is left as it is.</summary>
    public const string Kept = "outOfServiceByHand";

    // The last word of people on the station as a whole, in the words of either way to send it; what schedules sent does not count.
    private const string LastByHand = """
        select coalesce((c.request ->> 'operative')::boolean, c.request ->> 'type' = 'Operative')
        from station_command c left join job j on j.id = c.job_id
        where c.station_id = $1 and c.command in ('change-availability', 'ChangeAvailability') and c.outcome in ('Accepted', 'Scheduled') and j.schedule_id is null
          and coalesce(c.request ->> 'connectorNumber', c.request ->> 'connectorId', '0') = '0'
        order by c.requested_at desc limit 1
        """;

    public string Kind => Name;

    public Task<Faults> Check(JsonElement work, StationId station, CancellationToken ct) => Task.FromResult(new Faults());

    public JsonElement? WithoutSecrets(JsonElement work) => null;

    public bool MayRepeat(JsonElement work) => true;

    public async Task<JobOutcome> Run(JobStep step, CancellationToken ct)
    {
        if (await data.Rows(LastByHand, r => r.GetBoolean(0), ct, step.Station.Id.Value) is [false])
        {
            return new JobOutcome.Skipped(Kept);
        }

        if (!registry.IsOnline(step.Station.Id))
        {
            return new JobOutcome.Offline();
        }

        await step.Sending();
        return CommandWork.Outcome(await send.Run(step.Station, new ChangeAvailability(null, Operative: true), ct), mayRepeat: true);
    }
}
