using System.Text.Json;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations.Jobs;
using Ladewerk.Stations.Templates;

namespace Ladewerk.Stations.Schedules;

/// <summary>Restarts stations, by default only when nobody charges: <c>{"hard":false,"onlyIdle":true}</c>.</summary>
internal sealed class RestartWork(SendCommand send, StationRegistry registry, ApplyConfiguration configuration, TimeProvider time) : IJobWork
{
    public const string Name = "restart";

    private static readonly TimeSpan Again = TimeSpan.FromMinutes(5);

    public string Kind => Name;

    public Task<Faults> Check(JsonElement work, StationId station, CancellationToken ct) =>
        Task.FromResult(new Faults().Unless(work.ValueKind == JsonValueKind.Object, "work", "An object."));

    public JsonElement? WithoutSecrets(JsonElement work) => null;

    public bool MayRepeat(JsonElement work) => false;

    public async Task<JobOutcome> Run(JobStep step, CancellationToken ct)
    {
        if (!registry.IsOnline(step.Station.Id))
        {
            return new JobOutcome.Offline();
        }

        if (Flag(step.Work, "onlyIdle", absent: true) && await configuration.IsBusy(step.Station.Id, ct))
        {
            return new JobOutcome.Later(time.GetUtcNow() + Again, "charging");
        }

        await step.Sending();
        return CommandWork.Outcome(await send.Run(step.Station, new Reset(Flag(step.Work, "hard", absent: false)), ct), mayRepeat: false);
    }

    private static bool Flag(JsonElement work, string name, bool absent) =>
        work.TryGetProperty(name, out var flag) && flag.ValueKind is JsonValueKind.True or JsonValueKind.False ? flag.GetBoolean() : absent;
}
