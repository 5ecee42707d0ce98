using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Drivers.Contracts;

[JsonConverter(typeof(TypedIdJson<ContractId>))]
public readonly record struct ContractId(Guid Value) : ITypedId<ContractId>
{
    public static ContractId From(Guid value) => new(value);

    public static ContractId New() => new(Guid.CreateVersion7());
}

/// <summary>For whom a contract is made.</summary>
public enum ContractKind
{
    Private,

    /// <summary>A company pays for its drivers.</summary>
    Company,

    /// <summary>Cards that belong to vehicles or a key rack, not to a person; who drove is noted afterwards.</summary>
    FleetPool,

    /// <summary>Company cars at the employee's own wallbox: what was charged is paid back, not invoiced.</summary>
    HomeCharging,

    /// <summary>Guests of a house, by code.</summary>
    Guest,
}

/// <summary>Whether a contract is in force.</summary>
public enum ContractStatus
{
    Active,
    Suspended,
    Ended,
}

/// <summary>What a driver or a company agreed: where, when and how much its badges may charge, and who pays at which price.</summary>
public sealed class Contract : ITenantOwned
{
    public ContractId Id { get; init; } = ContractId.New();
    public required TenantId TenantId { get; init; }

    /// <summary>Unique within the tenant.</summary>
    public required string Number { get; set; }
    public required string Name { get; set; }
    public ContractKind Kind { get; set; }
    public ContractStatus Status { get; set; }

    /// <summary>eMA-ID (ISO 15118) under which it is known for Plug &amp; Charge.</summary>
    public string? Emaid { get; set; }
    public BillingAccountId? BillingAccountId { get; set; }

    /// <summary>Goes before the badge's own group when tariffs are resolved.</summary>
    public string? TariffGroup { get; set; }
    public string? CostCentre { get; set; }
    public DateTimeOffset? ValidFrom { get; set; }
    public DateTimeOffset? ValidUntil { get; set; }

    /// <summary>Sites that it opens; empty: every public one.</summary>
    public Guid[] Sites { get; set; } = [];
    public ContractTerms Terms { get; set; } = new();
    public bool HasBudget { get; set; }

    /// <summary>A station that decides alone could open what it closes.</summary>
    public bool IsLimited { get; set; }

    /// <summary>What an employee gets back per kWh charged at home, in the operator's currency.</summary>
    public decimal? ReimbursementPerKwh { get; set; }
    public string? Note { get; set; }
    public int Revision { get; set; } = 1;
    public DateOnly? WarnedFor { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A driver all of whose badges charge under a contract.</summary>
public sealed class ContractDriver : ITenantOwned
{
    public required ContractId ContractId { get; init; }
    public required DriverId DriverId { get; init; }
    public required TenantId TenantId { get; init; }
}

internal sealed class ContractsModel : IEntityTypeConfiguration<Contract>, IEntityTypeConfiguration<ContractDriver>
{
    public void Configure(EntityTypeBuilder<Contract> builder)
    {
        builder.Property(c => c.Kind).HasName();
        builder.Property(c => c.Status).HasName();
        builder.Property(c => c.Terms).HasJson();
    }

    public void Configure(EntityTypeBuilder<ContractDriver> builder) => builder.HasKey(m => new { m.ContractId, m.DriverId });
}
