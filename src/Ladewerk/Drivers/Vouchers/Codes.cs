using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Ladewerk.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Drivers.Vouchers;

[JsonConverter(typeof(TypedIdJson<CodeBatchId>))]
public readonly record struct CodeBatchId(Guid Value) : ITypedId<CodeBatchId>
{
    public static CodeBatchId From(Guid value) => new(value);

    public static CodeBatchId New() => new(Guid.CreateVersion7());
}

[JsonConverter(typeof(TypedIdJson<ChargeCodeId>))]
public readonly record struct ChargeCodeId(Guid Value) : ITypedId<ChargeCodeId>
{
    public static ChargeCodeId From(Guid value) => new(value);

    public static ChargeCodeId New() => new(Guid.CreateVersion7());
}

/// <summary>What a code gives.</summary>
public enum CodeGrants
{
    /// <summary>So much energy, in Wh.</summary>
    Energy,

    /// <summary>So much money off, gross.</summary>
    Money,

    /// <summary>So many sessions, free.</summary>
    Sessions,

    /// <summary>Charging while a guest stays; the price is the house's.</summary>
    Stay,

    /// <summary>One session up to an amount that is held on a card; nothing is taken off its price.</summary>
    Card,
}

/// <summary>Vouchers that were made together.</summary>
public sealed class CodeBatch : ITenantOwned
{
    public CodeBatchId Id { get; init; } = CodeBatchId.New();
    public required TenantId TenantId { get; init; }
    public required string Name { get; init; }
    public required CodeGrants Grants { get; init; }

    /// <summary>Of each code: Wh, money or sessions.</summary>
    public required decimal Amount { get; init; }
    public string? Currency { get; init; }
    public DateTimeOffset? ValidFrom { get; init; }
    public DateTimeOffset? ValidUntil { get; init; }
    public Guid[] Sites { get; init; } = [];

    /// <summary>How often each code may be used.</summary>
    public int MaxUses { get; init; } = 1;
    public required int Codes { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public string? CreatedBy { get; init; }
}

/// <summary>A code that lets whoever knows it charge.</summary>
public sealed class ChargeCode : ITenantOwned
{
    public ChargeCodeId Id { get; init; } = ChargeCodeId.New();
    public required TenantId TenantId { get; init; }
    public CodeBatchId? BatchId { get; init; }

    /// <summary>voucher, guest or card.</summary>
    public required string Kind { get; init; }

    /// <summary>Whose it is: a room, a name.</summary>
    public string? Label { get; init; }
    public required byte[] CodeHash { get; init; }

    /// <summary>The code under the installation's keys, so that it can be printed again.</summary>
    public required string CodeSealed { get; init; }
    public required CodeGrants Grants { get; init; }
    public decimal Amount { get; init; }
    public decimal Remaining { get; set; }
    public string? Currency { get; init; }
    public DateTimeOffset? ValidFrom { get; init; }
    public DateTimeOffset? ValidUntil { get; set; }
    public Guid[] Sites { get; init; } = [];
    public int MaxUses { get; init; } = 1;
    public Guid? ContractId { get; init; }
    public DateTimeOffset? RevokedAt { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public string? CreatedBy { get; init; }
}

/// <summary>A code that was redeemed at an EVSE, and what it paid.</summary>
public sealed class CodeUse : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }
    public required ChargeCodeId CodeId { get; init; }
    public required IdTokenId IdTokenId { get; init; }
    public required string Evse { get; init; }
    public required DateTimeOffset RedeemedAt { get; init; }
    public Guid? SessionId { get; init; }
    public decimal Taken { get; init; }
    public decimal Relief { get; init; }
}

internal sealed class CodesModel : IEntityTypeConfiguration<CodeBatch>, IEntityTypeConfiguration<ChargeCode>, IEntityTypeConfiguration<CodeUse>
{
    public void Configure(EntityTypeBuilder<CodeBatch> builder) => builder.Property(b => b.Grants).HasName();

    public void Configure(EntityTypeBuilder<ChargeCode> builder) => builder.Property(c => c.Grants).HasName();

    public void Configure(EntityTypeBuilder<CodeUse> builder) => builder.HasKey(u => u.Id);
}

/// <summary>
/// Makes codes and keeps them: 60 random bits, found by a hash, kept readable only under the installation's keys. The letters leave out what
/// is easily mistaken (I, L, O, U), and what is mistaken all the same is understood.
/// </summary>
internal sealed class CodeBook(IDataProtectionProvider protection)
{
    private const string Letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 12;
    private readonly IDataProtector box = protection.CreateProtector("Ladewerk.Drivers.Codes");

    /// <summary>A new one, in groups of four.</summary>
    public static string New() => Grouped(RandomNumberGenerator.GetString(Letters, Length));

    /// <summary>The code without separators; null where it cannot be one.</summary>
    public static string? Bare(string? code)
    {
        if (code is null || code.Length > 64)
        {
            return null;
        }

        var bare = new StringBuilder(Length);
        foreach (var c in code.ToUpperInvariant())
        {
            _ = c switch
            {
                '-' or ' ' or '.' => bare,
                'O' => bare.Append('0'),
                'I' or 'L' => bare.Append('1'),
                'U' => bare.Append('V'),
                _ => bare.Append(c),
            };
        }

        return bare.Length == Length && bare.ToString().All(c => Letters.Contains(c, StringComparison.Ordinal)) ? bare.ToString() : null;
    }

    public static byte[] Hash(string bare) => SHA256.HashData(Encoding.ASCII.GetBytes("ladewerk-code:" + bare));

    public string Seal(string code) => box.Protect(code);

    /// <summary>The code as it is printed.</summary>
    public string Open(string sealedCode) => box.Unprotect(sealedCode);

    private static string Grouped(string bare) => $"{bare[..4]}-{bare[4..8]}-{bare[8..]}";
}
