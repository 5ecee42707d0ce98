namespace Ladewerk.Stations.Firmware;

/// <summary>What is known of an update at one moment.</summary>
/// <param name="SentAt">When the station was told.</param>
/// <param name="Until">When it must be done.</param>
/// <param name="Reports">The station's words about it, in order.</param>
/// <param name="Version">What the station reports as its firmware.</param>
/// <param name="BootedAt">When it last introduced itself.</param>
/// <param name="IsAsked">Whether it was asked to say its version.</param>
internal sealed record UpdateFacts(
    DateTimeOffset SentAt, DateTimeOffset Until, string? FromVersion, string TargetVersion, IReadOnlyList<StationReport> Reports, string? Version, DateTimeOffset? BootedAt, bool IsOnline, bool IsAsked);

/// <summary>How far it is.</summary>
/// <param name="Reason">Why it ended badly, or on what the end rests: downloadFailed, installationFailed, invalidSignature, invalidCertificate, invalidChecksum,
/// otherVersion, unproven, notBack, silent, stuck; noVersion where a station that tells no version says that it is installed.</param>
/// <param name="AskVersion">Ask the station to introduce itself, so that its version shows.</param>
internal readonly record struct UpdateStep(UpdateState State, string? Reason = null, bool IsEnd = false, bool AskVersion = false);

/// <summary>
/// Decides how far an update is. The proof of success is the station's next introduction with the expected version: some stations say
/// Installed and restart with the old one, others restart into the new one and say nothing.
/// </summary>
internal static class UpdateProgress
{
    /// <summary>How long the version may take to show after the station said that it is installed.</summary>
    public static readonly TimeSpan ProofWithin = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan AskAfter = TimeSpan.FromMinutes(1);

    public static UpdateStep Of(UpdateFacts facts, DateTimeOffset now)
    {
        var last = facts.Reports.LastOrDefault(r => r.Status != "Idle");
        if (last is not null && Failure(last.Status) is { } failure)
        {
            return new(UpdateState.Failed, failure, IsEnd: true);
        }

        var runsTarget = Versions.Same(facts.Version, facts.TargetVersion);
        var hasRestarted = facts.BootedAt > facts.SentAt;
        if (runsTarget && hasRestarted && !Versions.Same(facts.FromVersion, facts.TargetVersion))
        {
            return new(UpdateState.Installed, IsEnd: true);
        }

        if (facts.Reports.FirstOrDefault(r => r.Status == "Installed") is { } installed)
        {
            return Prove(facts, installed.At, runsTarget, now);
        }

        var state = last is null ? UpdateState.Requested : StateOf(last.Status);
        return now < facts.Until ? new(state) : new(UpdateState.TimedOut, TooLate(facts, last, state), IsEnd: true);
    }

    private static UpdateStep Prove(UpdateFacts facts, DateTimeOffset installedAt, bool runsTarget, DateTimeOffset now)
    {
        if (runsTarget)
        {
            return new(UpdateState.Installed, IsEnd: true);
        }

        if (facts.Version is null)
        {
            return new(UpdateState.Installed, "noVersion", IsEnd: true);
        }

        if (facts.BootedAt > installedAt)
        {
            return new(UpdateState.Failed, "otherVersion", IsEnd: true);
        }

        return now < installedAt + ProofWithin
            ? new(UpdateState.Proving, AskVersion: !facts.IsAsked && facts.IsOnline && now >= installedAt + AskAfter)
            : new(UpdateState.Failed, facts.IsOnline ? "unproven" : "notBack", IsEnd: true);
    }

    private static string TooLate(UpdateFacts facts, StationReport? last, UpdateState state) =>
        last is null ? "silent" : state is UpdateState.Installing && !facts.IsOnline ? "notBack" : "stuck";

    private static UpdateState StateOf(string status) => status switch
    {
        "Downloading" or "DownloadPaused" => UpdateState.Downloading,
        "Downloaded" => UpdateState.Downloaded,
        "SignatureVerified" or "InstallScheduled" => UpdateState.Verified,
        "Installing" or "InstallRebooting" => UpdateState.Installing,
        _ => UpdateState.Requested,
    };

    private static string? Failure(string status) => status switch
    {
        "DownloadFailed" => "downloadFailed",
        "InstallationFailed" or "InstallVerificationFailed" => "installationFailed",
        "InvalidSignature" => "invalidSignature",
        "InvalidCertificate" or "RevokedCertificate" => "invalidCertificate",
        "InvalidChecksum" => "invalidChecksum",
        _ => null,
    };
}
