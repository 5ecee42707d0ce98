namespace Ladewerk.Ocpp;

/// <summary>Error codes of a CALLERROR, as OCPP 1.6J spells them (table 7), and how 2.x spells the ones that differ.</summary>
public static class OcppErrorCode
{
    /// <summary>The action is not known.</summary>
    public const string NotImplemented = "NotImplemented";

    /// <summary>The action is known but not supported.</summary>
    public const string NotSupported = "NotSupported";

    /// <summary>The receiver failed for a reason of its own.</summary>
    public const string InternalError = "InternalError";

    /// <summary>The payload is incomplete.</summary>
    public const string ProtocolError = "ProtocolError";

    /// <summary>A security matter kept the receiver from doing it.</summary>
    public const string SecurityError = "SecurityError";

    /// <summary>The message is syntactically wrong.</summary>
    public const string FormationViolation = "FormationViolation";

    /// <summary>A field has a value that is not allowed.</summary>
    public const string PropertyConstraintViolation = "PropertyConstraintViolation";

    /// <summary>A field is missing, or there too often; with one r, as OCPP 1.6J spells it.</summary>
    public const string OccurenceConstraintViolation = "OccurenceConstraintViolation";

    /// <summary>A field has the wrong type.</summary>
    public const string TypeConstraintViolation = "TypeConstraintViolation";

    /// <summary>Any other error.</summary>
    public const string GenericError = "GenericError";

    /// <summary>2.x spelling of <see cref="FormationViolation"/>.</summary>
    public const string FormatViolation = "FormatViolation";

    /// <summary>2.x spelling of <see cref="OccurenceConstraintViolation"/>.</summary>
    public const string OccurrenceConstraintViolation = "OccurrenceConstraintViolation";

    /// <summary>2.x only: the message type number is not supported.</summary>
    public const string MessageTypeNotSupported = "MessageTypeNotSupported";

    /// <summary>2.x only: the content is not a valid remote procedure call, for example because its id cannot be read.</summary>
    public const string RpcFrameworkError = "RpcFrameworkError";

    /// <summary>The 2.x spelling of a 1.6 code.</summary>
    public static string In2X(string code) => code switch
    {
        FormationViolation => FormatViolation,
        OccurenceConstraintViolation => OccurrenceConstraintViolation,
        _ => code,
    };
}
