using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Drivers.Contracts;

/// <summary>A contract as the API shows it.</summary>
/// <param name="Sites">That it opens; empty: every public one.</param>
/// <param name="TariffId">Assigned to this contract itself.</param>
public sealed record ContractView(
    ContractId Id, string Number, string Name, ContractKind Kind, ContractStatus Status, string? Emaid, BillingAccountId? BillingAccountId, Guid? TariffId, string? TariffGroup,
    string? CostCentre, DateTimeOffset? ValidFrom, DateTimeOffset? ValidUntil, IReadOnlyList<Guid> Sites, ContractTerms Terms, decimal? ReimbursementPerKwh, string? Note,
    IReadOnlyList<DriverId> DriverIds, DateTimeOffset CreatedAt);

/// <summary>A contract to make, or what it shall be from now on.</summary>
/// <param name="Number">Unique; absent: the next free one.</param>
/// <param name="DriverIds">All of whose badges charge under it; a badge may name its contract itself.</param>
public sealed record ContractWish(
    string Name, string? Number = null, ContractKind Kind = ContractKind.Private, ContractStatus Status = ContractStatus.Active, string? Emaid = null, BillingAccountId? BillingAccountId = null,
    Guid? TariffId = null, string? TariffGroup = null, string? CostCentre = null, DateTimeOffset? ValidFrom = null, DateTimeOffset? ValidUntil = null, IReadOnlyList<Guid>? Sites = null,
    ContractTerms? Terms = null, decimal? ReimbursementPerKwh = null, string? Note = null, IReadOnlyList<DriverId>? DriverIds = null);

/// <summary>A change of a contract; what is absent stays.</summary>
public sealed record ContractPatch
{
    public string? Name { get; init; }
    public string? Number { get; init; }
    public ContractKind? Kind { get; init; }
    public ContractStatus? Status { get; init; }
    public Optional<string> Emaid { get; init; }
    public Optional<BillingAccountId?> BillingAccountId { get; init; }
    public Optional<Guid?> TariffId { get; init; }
    public Optional<string> TariffGroup { get; init; }
    public Optional<string> CostCentre { get; init; }
    public Optional<DateTimeOffset?> ValidFrom { get; init; }
    public Optional<DateTimeOffset?> ValidUntil { get; init; }
    public IReadOnlyList<Guid>? Sites { get; init; }
    public ContractTerms? Terms { get; init; }
    public Optional<decimal?> ReimbursementPerKwh { get; init; }
    public Optional<string> Note { get; init; }
    public IReadOnlyList<DriverId>? DriverIds { get; init; }

    /// <summary>The contract as it would be.</summary>
    internal ContractWish On(ContractView c) => new(
        Name ?? c.Name, Number ?? c.Number, Kind ?? c.Kind, Status ?? c.Status, Emaid.Or(c.Emaid), BillingAccountId.Or(c.BillingAccountId), TariffId.Or(c.TariffId), TariffGroup.Or(c.TariffGroup),
        CostCentre.Or(c.CostCentre), ValidFrom.Or(c.ValidFrom), ValidUntil.Or(c.ValidUntil), Sites ?? c.Sites, Terms ?? c.Terms, ReimbursementPerKwh.Or(c.ReimbursementPerKwh), Note.Or(c.Note),
        DriverIds ?? c.DriverIds);
}

/// <summary>What a contract's sessions of a month have used.</summary>
/// <param name="Share">Of the budget, by its tightest limit: 1 is all of it; null without a budget.</param>
/// <param name="Running">Sessions that run now.</param>
public sealed record ContractUsage(DateOnly Month, WattHours EnergyWh, Money Cost, long Sessions, long Running, decimal? Share);
