using System.Text.Json;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Stations.Jobs;

/// <summary>A station's turn in a job.</summary>
/// <param name="Work">What to do, with its secrets.</param>
/// <param name="Sending">Called when something is about to leave for the station: from then on it cannot be taken back.</param>
public sealed record JobStep(Job Job, ChargingStation Station, JsonElement Work, int Attempt, Func<Task> Sending);

/// <summary>What came of a station's turn.</summary>
public abstract record JobOutcome
{
    /// <summary>The station answered.</summary>
    /// <param name="Word">Its own word.</param>
    /// <param name="Good">Whether the wish was fulfilled.</param>
    public sealed record Answered(string Word, bool Good, object? Detail = null) : JobOutcome;

    /// <summary>It could not be done, or nobody knows.</summary>
    /// <param name="Reason">A word for it: station-timeout, station-error ...</param>
    public sealed record Failed(string Reason, object? Detail = null) : JobOutcome;

    /// <summary>Left out on purpose.</summary>
    public sealed record Skipped(string Reason, object? Detail = null) : JobOutcome;

    /// <summary>Not connected: nothing was sent.</summary>
    public sealed record Offline : JobOutcome;

    /// <summary>Not now; again at a later time, and skipped with the reason where the job ends before.</summary>
    public sealed record Later(DateTimeOffset At, string Reason) : JobOutcome;
}

/// <summary>
/// One kind of work that a job does at each of its stations. Registered by
/// <c>services.AddScoped&lt;IJobWork, CommandWork&gt;()</c>; runs in a scope of the job's tenant, as the person who asked for it.
/// </summary>
public interface IJobWork
{
    /// <summary>Stable name, such as <c>command</c>: it stands in the database and in the API.</summary>
    string Kind { get; }

    /// <summary>What is wrong with the work, by field; empty: nothing. <paramref name="station"/> is one of those it is for.</summary>
    Task<Faults> Check(JsonElement work, StationId station, CancellationToken ct);

    /// <summary>The work without its secrets, as it may be stored and shown; null where it has none.</summary>
    JsonElement? WithoutSecrets(JsonElement work);

    /// <summary>Whether doing it twice does no harm: then a turn that was cut off after sending is simply taken again.</summary>
    bool MayRepeat(JsonElement work);

    /// <summary>Does it at one station.</summary>
    Task<JobOutcome> Run(JobStep step, CancellationToken ct);
}
