namespace Ladewerk.Operations;

/// <summary>A finding that is open and whose action could be sent.</summary>
internal sealed record Actionable(Guid Finding, Guid Station, FindingKind Kind, int Step, SuggestedAction Action, bool IsOnline);

/// <summary>What was done lately, or would have been.</summary>
internal sealed record PastAction(Guid Finding, Guid? Station, FindingKind Kind, int Step, ActionMode Mode, DateTimeOffset At);

/// <summary>Decides which actions are sent by themselves. Pure.</summary>
internal static class ActionRules
{
    /// <summary>What is due now, in the mode that the policy says.</summary>
    public static IReadOnlyList<(Actionable Finding, ActionMode Mode)> Due(IEnumerable<Actionable> open, IReadOnlyList<PastAction> past, WatchPolicies policies, DateTimeOffset now)
    {
        var due = new List<(Actionable, ActionMode)>();
        var sent = past.ToList();
        foreach (var finding in open.Where(f => f.Kind.MayAct && f.IsOnline))
        {
            var policy = policies[finding.Kind];
            if (policy is { IsOn: true, Mode: not ActionMode.Off } && Allowed(finding, sent, policy, now))
            {
                due.Add((finding, policy.Mode));
                sent.Add(new PastAction(finding.Finding, finding.Station, finding.Kind, finding.Step, policy.Mode, now));
            }
        }

        return due;
    }

    /// <summary>The steps of one finding follow each other at once, each once; everything else keeps the cool-down and the number a day.</summary>
    private static bool Allowed(Actionable finding, IReadOnlyList<PastAction> past, WatchPolicy policy, DateTimeOffset now)
    {
        var here = past.Where(p => p.Station == finding.Station && p.Kind == finding.Kind && p.Mode == policy.Mode).ToList();
        if (here.Count(p => now - p.At < TimeSpan.FromDays(1)) >= policy.MostPerDay)
        {
            return false;
        }

        var grows = finding.Step > 0;
        if (grows && here.Any(p => p.Finding == finding.Finding && p.Step >= finding.Step))
        {
            return false;
        }

        return !here.Any(p => now - p.At < policy.CoolDown && !(grows && p.Finding == finding.Finding));
    }
}
