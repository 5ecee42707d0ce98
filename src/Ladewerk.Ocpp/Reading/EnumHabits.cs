using System.Collections.Frozen;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Ocpp;

/// <summary>How unknown enum values are taken.</summary>
internal enum UnknownEnum
{
    /// <summary>An optional property is dropped; the message cannot be understood without a required one.</summary>
    DropProperty,

    /// <summary>The object that carries it is dropped: a sample of unknown unit, phase or measurand must not be taken for another.</summary>
    DropOwner,
}

/// <summary>What stations write instead of the enum values of the standard (quirk Q12), by enum type.</summary>
internal sealed record EnumHabits(UnknownEnum Unknown, string? Fallback, FrozenDictionary<string, string> Aliases)
{
    private static readonly EnumHabits None = new(UnknownEnum.DropProperty, null, FrozenDictionary<string, string>.Empty);

    private static readonly FrozenDictionary<Type, EnumHabits> Known = new Dictionary<Type, EnumHabits>
    {
        [typeof(ChargePointErrorCode)] = Other("OtherError", ("Error", "OtherError"), ("None", "NoError"), ("", "NoError"), ("OK", "NoError")),
        [typeof(Reason)] = Other("Other", ("EVDisconnect", "EVDisconnected"), ("RemoteStop", "Remote"), ("PowerFailure", "PowerLoss")),
        [typeof(ReadingContext)] = Other("Other"),
        // 1.5's Occupied says only that nobody else can use the connector. Preparing says no more than that in 1.6 (§4.9):
        // it claims neither a transaction nor a flow of energy. The note keeps the original for those who know the session.
        [typeof(ChargePointStatus)] = Names(
            ("Occupied", "Preparing"), ("Idle", "Available"), ("Free", "Available"), ("Finished", "Finishing"),
            ("Offline", "Unavailable"), ("OutOfService", "Unavailable"), ("Inoperative", "Unavailable"),
            ("Fault", "Faulted"), ("Error", "Faulted"), ("SuspendedCar", "SuspendedEV")),
        [typeof(UnitOfMeasure)] = DropOwner(
            ("C", "Celsius"), ("°C", "Celsius"), ("degC", "Celsius"), ("F", "Fahrenheit"), ("Kelvin", "K"), ("Hz", "Hertz"), ("%", "Percent"),
            ("Amp", "A"), ("Amps", "A"), ("Ampere", "A"), ("Volt", "V"), ("Volts", "V"), ("Watt", "W"), ("Watts", "W")),
        [typeof(Measurand)] = DropOwner(),
        [typeof(Phase)] = DropOwner(("L1-L3", "L3-L1"), ("L2-L1", "L1-L2"), ("L3-L2", "L2-L3")),
        [typeof(ValueFormat)] = DropOwner(),
        [typeof(Location)] = DropOwner(),
    }.ToFrozenDictionary();

    public static EnumHabits Of(Type type) => Known.GetValueOrDefault(type) ?? None;

    /// <summary>The value that is meant, and how it was found; null when none.</summary>
    public (string Name, Leniency Kind)? Map(string text, IReadOnlyList<string> names)
    {
        var folded = Fold(text);
        if (folded.Length > 0 && names.FirstOrDefault(n => Fold(n) == folded) is { } same)
        {
            return (same, Leniency.EnumAlias);
        }

        if (Aliases.TryGetValue(text.Trim(), out var alias))
        {
            return (alias, Leniency.EnumAlias);
        }

        return Fallback is null ? null : (Fallback, Leniency.EnumFallback);
    }

    private static EnumHabits Other(string fallback, params (string From, string To)[] aliases) => new(UnknownEnum.DropProperty, fallback, Table(aliases));

    private static EnumHabits Names(params (string From, string To)[] aliases) => new(UnknownEnum.DropProperty, null, Table(aliases));

    private static EnumHabits DropOwner(params (string From, string To)[] aliases) => new(UnknownEnum.DropOwner, null, Table(aliases));

    private static FrozenDictionary<string, string> Table((string From, string To)[] aliases) =>
        aliases.ToFrozenDictionary(a => a.From, a => a.To, StringComparer.OrdinalIgnoreCase);

    // "Energy Active Import Register", "suspendedEV", "L1_N" are the names without blanks, dots, dashes and case.
    private static string Fold(string text) => string.Concat(text.Where(char.IsLetterOrDigit)).ToUpperInvariant();
}
