using Ladewerk.Kernel.Text;
using Ladewerk.Portal;

namespace Ladewerk.Operations.Portal;

/// <summary>When a watchdog speaks, in words.</summary>
internal static class PolicyWords
{
    public static string When(Texts t, WatchPolicy p)
    {
        var defaults = p.Kind.Defaults;
        var parts = new List<string>();
        if (defaults.Count is not null)
        {
            parts.Add(t["operations.when.count", p.Count, Show.Span(p.Within)]);
        }
        else if (defaults.After is not null)
        {
            parts.Add(p.Kind == FindingKind.StartNotFollowed ? t["operations.when.steps", Show.Span(p.After), Show.Span(p.After * 2), Show.Span(p.After * 3)] : t["operations.when.after", Show.Span(p.After)]);
        }

        if (defaults.Tolerance is not null)
        {
            parts.Add(t["operations.when.tolerance", Show.Number(p.Tolerance, p.Tolerance % 1 == 0 ? 0 : 1), p.Kind.ToleranceUnit ?? ""]);
        }

        return parts.Count == 0 ? t["operations.when.atOnce"] : string.Join(", ", parts);
    }
}
