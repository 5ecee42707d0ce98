using System.Text.Json;
using System.Text.Json.Serialization;
using Ladewerk.Billing;
using Ladewerk.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Payments;

/// <summary>Where money is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LedgerAccount>))]
public enum LedgerAccount
{
    /// <summary>What customers owe.</summary>
    Receivable,
    Revenue,
    Vat,

    /// <summary>Our balance at the payment provider.</summary>
    Provider,

    /// <summary>What the provider kept.</summary>
    Fee,

    /// <summary>What went to the bank.</summary>
    Payout,

    /// <summary>What is disputed or held back.</summary>
    Deposit,

    /// <summary>What nobody will pay.</summary>
    WriteOff,

    /// <summary>Reminder fees that were paid: damages for late payment, without VAT.</summary>
    ReminderFee,

    /// <summary>What site hosts and employees supplied to us, net.</summary>
    Expense,

    /// <summary>VAT that they charged.</summary>
    InputVat,

    /// <summary>What we owe them.</summary>
    Payable,
}

/// <summary>One side of a movement: debit is positive, credit negative.</summary>
public sealed record LedgerLine(LedgerAccount Account, decimal Amount);

/// <summary>A movement: its lines add up to nothing.</summary>
/// <param name="Key">What it books; the same key is booked once.</param>
/// <param name="Kind">sale, capture, fee, refund, allowance, writeOff ...</param>
public sealed record Movement(string Key, string Kind, string Currency, IReadOnlyList<LedgerLine> Lines)
{
    public PaymentId? Payment { get; init; }
    public InvoiceId? Invoice { get; init; }
    public CdrId? Cdr { get; init; }

    /// <summary>What was sold: owed gross, earned net, the rest the tax office's.</summary>
    public static Movement Sale(string key, string currency, decimal gross, decimal vat) =>
        new(key, "sale", currency, [new(LedgerAccount.Receivable, gross), new(LedgerAccount.Revenue, vat - gross), new(LedgerAccount.Vat, -vat)]);

    public static Movement Captured(PaymentId payment, string currency, decimal amount) =>
        new($"capture:{payment.Value:N}", "capture", currency, [new(LedgerAccount.Provider, amount), new(LedgerAccount.Receivable, -amount)]) { Payment = payment };

    public static Movement Kept(PaymentId payment, string currency, decimal fee) =>
        new($"fee:{payment.Value:N}", "fee", currency, [new(LedgerAccount.Fee, fee), new(LedgerAccount.Provider, -fee)]) { Payment = payment };

    /// <summary>What a card did not cover; negative where a correction finds that less was lost.</summary>
    public static Movement Lost(PaymentId payment, CdrId record, string currency, decimal amount) =>
        new($"lost:{record.Value:N}", "writeOff", currency, [new(LedgerAccount.WriteOff, amount), new(LedgerAccount.Receivable, -amount)]) { Payment = payment, Cdr = record };

    /// <summary>What is given back although the price was right makes the sale smaller, and its tax with it (§17 Abs. 1 UStG).</summary>
    public static Movement Allowed(PaymentId payment, Guid refund, string currency, decimal gross, decimal vat) =>
        new($"allowance:{refund:N}", "allowance", currency, [new(LedgerAccount.Revenue, gross - vat), new(LedgerAccount.Vat, vat), new(LedgerAccount.Receivable, -gross)]) { Payment = payment };

    public static Movement Refunded(PaymentId payment, Guid refund, string currency, decimal amount) =>
        new($"refund:{refund:N}", "refund", currency, [new(LedgerAccount.Receivable, amount), new(LedgerAccount.Provider, -amount)]) { Payment = payment };
}

/// <summary>The double-entry ledger. It only grows; the database refuses what does not balance.</summary>
internal static class Ledger
{
    /// <summary>Books within the caller's transaction; what is booked already stays as it is.</summary>
    /// <returns>Whether it was new.</returns>
    /// <exception cref="ArgumentException">The lines do not add up to nothing.</exception>
    public static async Task<bool> Book(NpgsqlConnection connection, TenantId tenant, Movement movement, DateTimeOffset at, CancellationToken ct)
    {
        if (movement.Lines.Sum(l => l.Amount) != 0)
        {
            throw new ArgumentException($"{movement.Key} does not balance.", nameof(movement));
        }

        var lines = movement.Lines.Where(l => l.Amount != 0).ToList();
        if (lines.Count == 0)
        {
            return false;
        }

        await using var command = new NpgsqlCommand(
            """
            with b as (
              insert into ledger_booking (id, tenant_id, key, kind, payment_id, invoice_id, cdr_id, booked_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
              on conflict (tenant_id, key) do nothing returning id)
            insert into ledger_entry (booking_id, position, tenant_id, account, amount, currency)
            select b.id, l.position, $2, l.account, l.amount, $11 from b, unnest($9, $10) with ordinality l (account, amount, position)
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = Guid.CreateVersion7(at) }, new() { Value = tenant.Value }, new() { Value = movement.Key }, new() { Value = movement.Kind },
                Maybe(movement.Payment?.Value), Maybe(movement.Invoice?.Value), Maybe(movement.Cdr?.Value), new() { Value = at },
                new() { Value = lines.Select(l => Name(l.Account)).ToArray() }, new() { Value = lines.Select(l => l.Amount).ToArray() }, new() { Value = movement.Currency },
            },
        };
        return await command.ExecuteNonQueryAsync(ct) > 0;
    }

    /// <summary>Books the opposite of what was booked under a key, once, within the caller's transaction; of what was never booked nothing.</summary>
    public static async Task Undo(NpgsqlConnection connection, TenantId tenant, string key, DateTimeOffset at, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            with was as (select * from ledger_booking where tenant_id = $1 and key = $2),
            b as (
              insert into ledger_booking (id, tenant_id, key, kind, payment_id, invoice_id, cdr_id, booked_at)
              select $3, tenant_id, key || ':undone', kind, payment_id, invoice_id, cdr_id, $4 from was on conflict (tenant_id, key) do nothing returning id)
            insert into ledger_entry (booking_id, position, tenant_id, account, amount, currency)
            select b.id, e.position, e.tenant_id, e.account, -e.amount, e.currency from b, was join ledger_entry e on e.booking_id = was.id
            """,
            connection)
        {
            Parameters = { new() { Value = tenant.Value }, new() { Value = key }, new() { Value = Guid.CreateVersion7(at) }, new() { Value = at } },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    public static string Name(LedgerAccount account) => JsonNamingPolicy.CamelCase.ConvertName(account.ToString());

    private static NpgsqlParameter Maybe(Guid? id) => new() { Value = (object?)id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };
}
