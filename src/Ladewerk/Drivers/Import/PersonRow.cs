namespace Ladewerk.Drivers.Import;

/// <summary>One line of the file: a driver, a badge, or both. What is absent is left as it is.</summary>
internal sealed record PersonRow
{
    public string? Number { get; init; }
    public string? Name { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }

    /// <summary>de or en.</summary>
    public string? Language { get; init; }

    /// <summary>active, blocked or closed.</summary>
    public string? Status { get; init; }

    /// <summary>The customer number of the billing account that pays.</summary>
    public string? Customer { get; init; }
    public string? Uid { get; init; }
    public string? VisualNumber { get; init; }
    public string? Type { get; init; }
    public string? Group { get; init; }
    public DateTimeOffset? ValidFrom { get; init; }
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>accepted, blocked, expired or lost.</summary>
    public string? BadgeStatus { get; init; }
    public string? Note { get; init; }
}

/// <summary>What is wrong with a line.</summary>
/// <param name="Column">The column, by its English name.</param>
/// <param name="Code">Stable word; <c>drivers.import.fault.{code}</c> says it.</param>
public sealed record RowFault(string Column, string Code);

/// <summary>A driver as an import sees and writes it.</summary>
internal sealed record DriverState(Guid Id, string? Number, string Name, string? Email, string? Phone, string Locale, string Status, Guid? Payer);

/// <summary>A badge as an import sees and writes it.</summary>
internal sealed record BadgeState(
    Guid Id, string Uid, string Key, string Type, string Status, string? VisualNumber, string? GroupId, DateTimeOffset? ValidFrom, DateTimeOffset? ValidUntil, string? Note, Guid? DriverId);

/// <summary>What a line does to a driver or a badge.</summary>
internal enum RowEffect
{
    Created,
    Changed,
    Same,
}

/// <summary>A thing before and after.</summary>
internal sealed record RowChange<T>(RowEffect Effect, T? Before, T After)
    where T : class;

/// <summary>What one line comes to: faults, or what it does.</summary>
internal sealed record RowOutcome(IReadOnlyList<RowFault> Faults, RowChange<DriverState>? Driver, RowChange<BadgeState>? Badge)
{
    public static RowOutcome Bad(params RowFault[] faults) => new(faults, null, null);
}
