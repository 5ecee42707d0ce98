using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Ladewerk.Billing;

/// <summary>A reminder of the schedule.</summary>
/// <param name="DaysAfterDue">Days after the invoice was due.</param>
/// <param name="Fee">In the operator's currency, beside the amount that is owed.</param>
public sealed record DunningLevel(int DaysAfterDue, decimal Fee);

/// <summary>Accounts and numbers of the operator's bookkeeping, for the export to DATEV.</summary>
/// <param name="Consultant">Number of the tax consultant (Beraternummer).</param>
/// <param name="Client">Number of the client (Mandantennummer).</param>
/// <param name="FiscalYearMonth">Month in which the fiscal year begins.</param>
/// <param name="AccountLength">Digits of a general ledger account, 4 to 8.</param>
/// <param name="Debtors">Account of all debtors, one digit longer than the others.</param>
/// <param name="Revenue">Account of revenue by VAT rate in percent, such as 19 → 8400; the account sets the tax by itself.</param>
/// <param name="RevenueUntaxed">Account of revenue without tax.</param>
public sealed record DatevSettings(
    int Consultant = 1001, int Client = 1, int FiscalYearMonth = 1, int AccountLength = 4, long Debtors = 10000, IReadOnlyDictionary<string, int>? Revenue = null, int RevenueUntaxed = 8337)
{
    internal static readonly IReadOnlyDictionary<string, int> Usual = new Dictionary<string, int>(StringComparer.Ordinal) { ["19"] = 8400, ["7"] = 8300, ["0"] = 8200 };

    internal IReadOnlyDictionary<string, int> Accounts => Revenue ?? Usual;
}

/// <summary>How an operator bills.</summary>
/// <param name="RunDay">Day of the month on which the month before is invoiced by itself; null: only when somebody asks.</param>
/// <param name="SendByMail">Whether invoices are mailed to the account's address.</param>
/// <param name="IsDunning">Whether reminders go out by themselves.</param>
/// <param name="Levels">The reminders in their order.</param>
/// <param name="BlockAtLevel">From which reminder on the account's badges are blocked until it has paid; null: never.</param>
/// <param name="BlockFrom">Only where at least so much is owed.</param>
/// <param name="NoteDe">A sentence of the operator's own on German invoices; frozen at issue.</param>
/// <param name="NoteEn">The same on English ones.</param>
/// <param name="PreNotificationDays">Days between the notice of a SEPA debit and the debit: 14, unless fewer were agreed with the payers.</param>
/// <param name="DeleteExpired">Whether invoices are removed by themselves when their eight years are over.</param>
public sealed record BillingSettings(
    int? RunDay = null, bool SendByMail = true, bool IsDunning = false, IReadOnlyList<DunningLevel>? Levels = null, int? BlockAtLevel = null, decimal BlockFrom = 0m, DatevSettings? Datev = null,
    string? NoteDe = null, string? NoteEn = null, int PreNotificationDays = 14, bool DeleteExpired = false)
{
    private static readonly DunningLevel[] Usual = [new(5, 0m), new(19, 2.50m), new(33, 5.00m)];

    internal IReadOnlyList<DunningLevel> Schedule => Levels ?? Usual;

    /// <summary>What the operator says on invoices of a language.</summary>
    internal IReadOnlyList<string> NotesIn(string language) => (language == "en" ? NoteEn : NoteDe)?.Trim() is { Length: > 0 } note ? [note] : [];
}

/// <summary>The stored settings of an operator.</summary>
public sealed class StoredBillingSettings : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required BillingSettings Settings { get; set; }
    public int Revision { get; set; } = 1;
}

internal sealed class BillingSettingsModel : IEntityTypeConfiguration<StoredBillingSettings>
{
    public void Configure(EntityTypeBuilder<StoredBillingSettings> builder)
    {
        builder.ToTable("billing_settings").HasKey(s => s.TenantId);
        builder.Property(s => s.Settings).HasJson();
        builder.Property(s => s.Revision).IsConcurrencyToken();
    }
}

/// <summary>Reads and sets how the operator bills.</summary>
internal sealed class SaveBillingSettings(LadewerkDb db, TenantContext tenant, AuditLog audit)
{
    public async Task<BillingSettings> Current(CancellationToken ct) =>
        (await db.Set<StoredBillingSettings>().AsNoTracking().SingleOrDefaultAsync(ct))?.Settings ?? new BillingSettings();

    public async Task<Faults> Run(BillingSettings wish, CancellationToken ct)
    {
        var faults = Check(wish);
        if (faults.Any)
        {
            return faults;
        }

        var stored = await db.Set<StoredBillingSettings>().SingleOrDefaultAsync(ct);
        audit.Record("billingSettings.changed", "billingSettings", tenant.Current.ToString(), stored?.Settings, wish);
        if (stored is null)
        {
            db.Add(new StoredBillingSettings { TenantId = tenant.Current, Settings = wish });
        }
        else
        {
            (stored.Settings, stored.Revision) = (wish, stored.Revision + 1);
        }

        await db.SaveChangesAsync(ct);
        return faults;
    }

    private static Faults Check(BillingSettings s)
    {
        var levels = s.Schedule;
        var datev = s.Datev ?? new DatevSettings();
        return new Faults()
            .Unless(s.RunDay is null or (>= 1 and <= 28), "runDay", "1 to 28.")
            .Unless(levels.Count is >= 1 and <= 9 && levels.All(l => l is { DaysAfterDue: >= 1 and <= 365, Fee: >= 0m and <= 100m }), "levels", "1 to 9, each 1 to 365 days after the invoice was due, with a fee of 0 to 100.")
            .Unless(levels.Zip(levels.Skip(1)).All(pair => pair.First.DaysAfterDue < pair.Second.DaysAfterDue), "levels", "Each later than the one before.")
            .Unless(s.BlockAtLevel is null || (s.BlockAtLevel >= 1 && s.BlockAtLevel <= levels.Count), "blockAtLevel", "A reminder of the schedule.")
            .Unless(s.BlockFrom >= 0m, "blockFrom", "0 or more.")
            .Unless(s.PreNotificationDays is >= 1 and <= 30, "preNotificationDays", "1 to 30.")
            .Short("noteDe", s.NoteDe, 500).Short("noteEn", s.NoteEn, 500)
            .Unless(datev.Consultant is >= 1001 and <= 9_999_999, "datev.consultant", "1001 to 9999999.")
            .Unless(datev.Client is >= 1 and <= 99_999, "datev.client", "1 to 99999.")
            .Unless(datev.FiscalYearMonth is >= 1 and <= 12, "datev.fiscalYearMonth", "1 to 12.")
            .Unless(datev.AccountLength is >= 4 and <= 8, "datev.accountLength", "4 to 8.")
            .Unless(datev.Debtors.ToString(System.Globalization.CultureInfo.InvariantCulture).Length == datev.AccountLength + 1, "datev.debtors", "One digit longer than the accounts.")
            .Unless(datev.Accounts.Keys.All(k => decimal.TryParse(k, System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var rate) && rate < 100m), "datev.revenue", "VAT rates in percent.");
    }
}
