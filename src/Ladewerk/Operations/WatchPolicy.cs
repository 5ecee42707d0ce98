namespace Ladewerk.Operations;

/// <summary>What happens with a finding's action by itself.</summary>
public enum ActionMode
{
    /// <summary>Nothing: a person decides.</summary>
    Off,

    /// <summary>It is noted what would have been sent.</summary>
    DryRun,

    /// <summary>It is sent.</summary>
    Automatic,
}

/// <summary>What an operator wants of one kind of finding.</summary>
/// <param name="Kind">Which.</param>
/// <param name="IsOn">Whether it is watched for.</param>
/// <param name="Thresholds">When it speaks.</param>
/// <param name="Mode">What is done by itself.</param>
/// <param name="CoolDown">The least time between two actions at one station.</param>
/// <param name="MostPerDay">The most actions at one station within 24 hours.</param>
public sealed record WatchPolicy(FindingKind Kind, bool IsOn, Thresholds Thresholds, ActionMode Mode, TimeSpan CoolDown, int MostPerDay)
{
    /// <summary>What holds where the operator has said nothing.</summary>
    public static WatchPolicy Default(FindingKind kind) => new(kind, IsOn: true, kind.Defaults, ActionMode.Off, TimeSpan.FromMinutes(30), 6);

    public TimeSpan After => Thresholds.After ?? Kind.Defaults.After ?? TimeSpan.Zero;

    public int Count => Thresholds.Count ?? Kind.Defaults.Count ?? 1;

    public TimeSpan Within => Thresholds.Within ?? Kind.Defaults.Within ?? TimeSpan.FromDays(1);

    public decimal Tolerance => Thresholds.Tolerance ?? Kind.Defaults.Tolerance ?? 0;
}

/// <summary>All policies of a tenant.</summary>
public sealed class WatchPolicies(IEnumerable<WatchPolicy> changed)
{
    private readonly Dictionary<FindingKind, WatchPolicy> byKind = changed.ToDictionary(p => p.Kind);

    /// <summary>What holds for a kind.</summary>
    public WatchPolicy this[FindingKind kind] => byKind.GetValueOrDefault(kind) ?? WatchPolicy.Default(kind);
}
