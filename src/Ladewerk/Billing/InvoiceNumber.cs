using System.Globalization;
using Ladewerk.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Billing;

/// <summary>A number of an invoice, unique and gapless per tenant, kind and year (§14 Abs. 4 Nr. 4 UStG).</summary>
internal sealed record InvoiceNumber(InvoiceKind Kind, int Year, int Sequence)
{
    // The row stays locked until the transaction ends: the next issuer waits for it, and a rollback gives the number back.
    private const string TakeSql = """
        insert into number_series as s (tenant_id, kind, year, last_number) values ($1, $2, $3, $4)
        on conflict (tenant_id, kind, year) do update set last_number = s.last_number + $4
        returning last_number
        """;

    /// <summary>R, K, S, B or G: Rechnung, Korrektur, Storno, Beleg, Gutschrift.</summary>
    private static char Letter(InvoiceKind kind) => kind switch
    {
        InvoiceKind.Invoice => 'R',
        InvoiceKind.Correction => 'K',
        InvoiceKind.Cancellation => 'S',
        InvoiceKind.Receipt => 'B',
        InvoiceKind.SelfBilling => 'G',
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>The one after it; it must have been taken too.</summary>
    public InvoiceNumber Next => this with { Sequence = Sequence + 1 };

    /// <summary>Takes the next number in the open transaction of <paramref name="connection"/>; do it last, it holds up every other issuer.</summary>
    public static Task<InvoiceNumber> Take(NpgsqlConnection connection, TenantId tenant, InvoiceKind kind, int year, CancellationToken ct) =>
        Take(connection, tenant, kind, year, 1, ct);

    /// <summary>Takes as many numbers and gives the first.</summary>
    public static async Task<InvoiceNumber> Take(NpgsqlConnection connection, TenantId tenant, InvoiceKind kind, int year, int count, CancellationToken ct)
    {
        await using var take = new NpgsqlCommand(TakeSql, connection)
        {
            Parameters =
            {
                new() { Value = tenant.Value },
                new() { Value = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(kind.ToString()), NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = year },
                new() { Value = count },
            },
        };
        return new InvoiceNumber(kind, year, (int)(await take.ExecuteScalarAsync(ct))! - count + 1);
    }

    /// <summary>As printed: <c>2026-R-000017</c>, with the tenant's prefix where it has one.</summary>
    public string Text(string? prefix)
    {
        var number = string.Create(CultureInfo.InvariantCulture, $"{Year}-{Letter(Kind)}-{Sequence:D6}");
        return string.IsNullOrWhiteSpace(prefix) ? number : $"{prefix.Trim()}-{number}";
    }
}
