namespace Ladewerk.Stations.Protocol;

/// <summary>Something in a conversation that the standard has otherwise.</summary>
/// <param name="At">When its call was received or sent.</param>
/// <param name="MessageId">Of its call.</param>
/// <param name="Action">Of its call.</param>
/// <param name="Code">Which rule, a key of the texts below <c>stations.violation</c>.</param>
/// <param name="Clause">Where the standard says so.</param>
/// <param name="Detail">The member concerned, or the two states, or the two numbers.</param>
/// <param name="IsTolerated">Whether it was understood nevertheless.</param>
public sealed record Violation(DateTimeOffset At, string? MessageId, string Action, string Code, string Clause, string? Detail, bool IsTolerated = true);

/// <summary>Port to the protocol versions: what is wrong with a conversation, by the letter. Pure.</summary>
public interface IConversationRules
{
    /// <summary>1.6, 2.0.1 or 2.1.</summary>
    string Version { get; }

    /// <summary>Looks at calls in the order of time.</summary>
    IReadOnlyList<Violation> Check(IReadOnlyList<LoggedCall> calls);
}
