namespace Ladewerk.Ocpp;

/// <summary>Why a payload could not be read as its record.</summary>
/// <param name="Code">The 1.6 error code; see <see cref="OcppErrorCode.In2X"/>.</param>
/// <param name="Path">Where, for example <c>$.meterValue[0].timestamp</c>.</param>
/// <param name="Description">For the CALLERROR: the path and what is wrong; never the content.</param>
public sealed record ReadFault(string Code, string Path, string Description)
{
    /// <summary>The fault as exception, for callers that answer by CALLERROR.</summary>
    public OcppException ToException() => new(Code, Description);
}

/// <summary>A record, and what had to be forgiven to read it; or the fault.</summary>
/// <param name="Value">The record, when <see cref="Ok"/>.</param>
/// <param name="Fault">The fault, else null.</param>
/// <param name="Notes">What was forgiven, where, and the original text; empty for a message that follows the standard.</param>
public readonly record struct ReadOutcome<T>(T? Value, ReadFault? Fault, IReadOnlyList<LeniencyNote> Notes)
    where T : class
{
    /// <summary>Whether there is a record.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(true, nameof(Value))]
    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(false, nameof(Fault))]
    public bool Ok => Fault is null;

    /// <summary>All kinds of leniency that were used.</summary>
    public Leniency Used
    {
        get
        {
            var used = Leniency.None;
            for (var i = 0; i < Notes.Count; i++)
            {
                used |= Notes[i].Kind;
            }

            return used;
        }
    }
}
