using Ladewerk.Simulator.Api;

namespace Ladewerk.Simulator.Load;

/// <summary>What was found wrong, and how much was looked at.</summary>
internal sealed record VerificationResult(int Sessions, long EnergyWh, long Readings, int Unacknowledged, IReadOnlyList<string> Findings)
{
    public bool Ok => Findings.Count == 0;
}

/// <summary>Compares what the server acknowledged with what it shows: none missing, none doubled, every watt-hour right.</summary>
internal static class Verification
{
    /// <summary>Asks the server and compares; with <paramref name="withSamples"/> every acknowledged reading too.</summary>
    public static async Task<VerificationResult> Verify(ApiClient api, IReadOnlyCollection<LoadSession> acknowledged, DateTimeOffset from, bool withSamples, CancellationToken ct)
    {
        // The server corrects station times by the clock offset that it measured.
        var shown = await api.Sessions(from.AddMinutes(-1), ct);
        var result = Compare(acknowledged, shown);
        if (!withSamples)
        {
            return result;
        }

        var ids = shown.GroupBy(s => s.TransactionId).ToDictionary(g => g.Key, g => g.First().Id);
        var findings = new List<string>(result.Findings);
        var readings = 0L;
        await Parallel.ForEachAsync(
            acknowledged.Where(s => ids.ContainsKey(s.TransactionId)),
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = ct },
            async (session, token) =>
            {
                var registers = await api.SampleRegisters(ids[session.TransactionId], token);
                lock (findings)
                {
                    readings += session.Readings!.Count;
                    findings.AddRange(CompareReadings(session, registers));
                }
            });
        return result with { Readings = readings, Findings = findings };
    }

    /// <summary>Sessions: each acknowledged one once, with its energy; no register start twice at one station.</summary>
    public static VerificationResult Compare(IReadOnlyCollection<LoadSession> acknowledged, IReadOnlyCollection<ApiSession> shown)
    {
        var findings = new List<string>();
        var stations = acknowledged.Select(s => s.Station).ToHashSet();
        var ours = shown.Where(s => stations.Contains(s.StationId)).ToList();
        var byTransaction = ours.ToLookup(s => (s.StationId, s.TransactionId));
        foreach (var session in acknowledged)
        {
            var found = byTransaction[(session.Station, session.TransactionId)].ToList();
            if (found is not [var one])
            {
                findings.Add($"{session.Station} transaction {session.TransactionId}: found {found.Count} times");
            }
            else if (!session.IsAbandoned)
            {
                findings.AddRange(CompareOne(session, one));
            }
        }

        foreach (var twice in ours.GroupBy(s => (s.StationId, s.MeterStartWh)).Where(g => g.Count() > 1))
        {
            findings.Add($"{twice.Key.StationId}: {twice.Count()} sessions start at {twice.Key.MeterStartWh} Wh");
        }

        var known = acknowledged.Select(s => (s.Station, (long)s.TransactionId)).ToHashSet();
        return new VerificationResult(
            acknowledged.Count,
            acknowledged.Sum(s => s.EnergyWh),
            0,
            ours.Count(s => !known.Contains((s.StationId, s.TransactionId))),
            findings);
    }

    /// <summary>Each acknowledged reading once; readings that were not acknowledged may be there, but not twice.</summary>
    public static IEnumerable<string> CompareReadings(LoadSession session, IReadOnlyCollection<long> registers)
    {
        var counts = registers.CountBy(r => r).ToDictionary();
        foreach (var reading in session.Readings!)
        {
            var found = counts.GetValueOrDefault(reading);
            if (found != 1)
            {
                yield return $"{session.Station} transaction {session.TransactionId}: reading {reading} Wh found {found} times";
            }
        }

        // A start or stop may give a sample of its own beside a reading; more than two of one register is a repetition.
        foreach (var (register, count) in counts.Where(c => c.Value > 2))
        {
            yield return $"{session.Station} transaction {session.TransactionId}: register {register} Wh found {count} times";
        }
    }

    private static IEnumerable<string> CompareOne(LoadSession session, ApiSession shown)
    {
        var name = $"{session.Station} transaction {session.TransactionId}";
        if (shown.MeterStartWh != session.MeterStartWh)
        {
            yield return $"{name}: starts at {shown.MeterStartWh} Wh instead of {session.MeterStartWh}";
        }

        // Of a session that still runs the server may know more than it could acknowledge.
        if (session.IsStopped ? shown.EnergyWh != session.EnergyWh : shown.EnergyWh < session.EnergyWh)
        {
            yield return $"{name}: {shown.EnergyWh} Wh instead of {session.EnergyWh}";
        }

        if (session.IsStopped && !shown.IsEnded)
        {
            yield return $"{name}: acknowledged as stopped, and still active";
        }
    }
}
