using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Ladewerk.Receipts;

/// <summary>What must be proven before a session is billed.</summary>
public enum BillingRule
{
    /// <summary>Nothing is billed that the meter's signature does not prove: without proof a person decides.</summary>
    RequireProof,

    /// <summary>Billed all the same; the receipt says that it is not proven.</summary>
    Warn,

    /// <summary>This meter does not sign, and need not.</summary>
    NotApplicable,
}

/// <summary>What an EVSE measures with: what stands on the meter's plate, and what must be proven.</summary>
public sealed class Meter : ITenantOwned
{
    public required StationId StationId { get; init; }
    public required int EvseNumber { get; init; }
    public required TenantId TenantId { get; init; }

    /// <summary>Null: warn as soon as the meter signs, else not applicable.</summary>
    public BillingRule? Rule { get; set; }
    public string? Serial { get; set; }
    public string? Vendor { get; set; }
    public string? Model { get; set; }

    /// <summary>Number of the type-examination certificate (Baumusterprüfbescheinigung).</summary>
    public string? TypeExamination { get; set; }

    /// <summary>Last day of the calibration.</summary>
    public DateOnly? CalibratedUntil { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }
    public string? UpdatedBy { get; set; }
}

/// <summary>Where a key came from.</summary>
public enum KeySource
{
    /// <summary>With a signed value.</summary>
    Value,

    /// <summary>A configuration key MeterPublicKey.</summary>
    Configuration,

    /// <summary>A message of its own from the station.</summary>
    Station,

    /// <summary>Entered by a person.</summary>
    Import,
}

/// <summary>How far a key is trusted.</summary>
public enum KeyState
{
    /// <summary>Seen; nobody has looked at it.</summary>
    Proposed,

    /// <summary>Seen although another one is approved: the meter was changed, or somebody cheats.</summary>
    Alarm,
    Approved,
    Refused,
}

/// <summary>A public key that an EVSE's meter signs with, or is said to.</summary>
public sealed class MeterKeyEntry : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }
    public required int EvseNumber { get; init; }

    /// <summary>SHA-256 of the key in its normal form, hex.</summary>
    public required string Fingerprint { get; init; }
    public required string Curve { get; init; }

    /// <summary>As it came.</summary>
    public required string PublicKey { get; init; }
    public required KeySource Source { get; init; }
    public required KeyState State { get; set; }
    public required DateTimeOffset SeenAt { get; init; }
    public DateTimeOffset? ValidFrom { get; set; }
    public DateTimeOffset? ValidUntil { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
    public string? DecidedBy { get; set; }
}

/// <summary>What the signed values of a session prove, as it was judged last.</summary>
public sealed class SessionProof : ITenantOwned
{
    public required Guid SessionId { get; init; }
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }
    public required Verdict Verdict { get; set; }
    public bool IsBillable { get; set; }
    public BillingRule Rule { get; set; }
    public string[] Reasons { get; set; } = [];
    public string[] Remarks { get; set; } = [];
    public int SignedValues { get; set; }
    public decimal? StartKwh { get; set; }
    public decimal? StopKwh { get; set; }
    public decimal? EnergyKwh { get; set; }

    /// <summary>Of the key that was used.</summary>
    public string? Fingerprint { get; set; }

    /// <summary>Version of the verifier.</summary>
    public required string Verifier { get; set; }
    public DateTimeOffset JudgedAt { get; set; }
    public required byte[] TokenHash { get; init; }
    public required string TokenSealed { get; init; }
}

/// <summary>The answer in one word.</summary>
public enum Verdict
{
    /// <summary>Every value is signed by the approved key, and they prove the energy.</summary>
    Verified,

    /// <summary>A signature does not match, or the values do not prove the energy.</summary>
    NotVerified,

    /// <summary>No key is known.</summary>
    UnknownKey,

    /// <summary>No verifier for the format.</summary>
    Unsupported,

    /// <summary>The meter sent no signed values.</summary>
    None,
}

internal sealed class ReceiptsModel : IEntityTypeConfiguration<Meter>, IEntityTypeConfiguration<MeterKeyEntry>, IEntityTypeConfiguration<SessionProof>
{
    public void Configure(EntityTypeBuilder<Meter> builder)
    {
        builder.HasKey(m => new { m.StationId, m.EvseNumber });
        builder.Property(m => m.Rule).HasConversion(new ValueConverter<BillingRule, string>(rule => JsonNamingPolicy.CamelCase.ConvertName(rule.ToString()), text => Enum.Parse<BillingRule>(text, ignoreCase: true)));
    }

    public void Configure(EntityTypeBuilder<MeterKeyEntry> builder)
    {
        builder.ToTable("meter_key");
        builder.Property(k => k.Source).HasName();
        builder.Property(k => k.State).HasName();
    }

    public void Configure(EntityTypeBuilder<SessionProof> builder)
    {
        builder.HasKey(p => p.SessionId);
        builder.Property(p => p.Verdict).HasName();
        builder.Property(p => p.Rule).HasName();
    }
}
