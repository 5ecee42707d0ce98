namespace Ladewerk.Billing.Dunning;

/// <summary>What is known of an invoice that may be owed.</summary>
internal sealed record OwedInvoice(decimal Gross, decimal Paid, DateOnly? DueOn, int Level, DateOnly? DunnedOn, bool IsOnHold)
{
    public decimal Open => Gross - Paid;
}

/// <summary>Which reminder an invoice gets today; pure.</summary>
internal static class DunningSchedule
{
    /// <summary>Time to pay after a reminder, before the next one may follow, whatever the schedule says.</summary>
    public const int Respite = 7;

    /// <summary>The level that is due (1 is the first); null: none. One at a time, also where several days of the schedule have passed.</summary>
    public static int? Due(OwedInvoice invoice, IReadOnlyList<DunningLevel> levels, DateOnly today)
    {
        if (invoice.IsOnHold || invoice.Open <= 0m || invoice.DueOn is not { } due || invoice.Level >= levels.Count)
        {
            return null;
        }

        return due.AddDays(levels[invoice.Level].DaysAfterDue) <= today && (invoice.DunnedOn is not { } last || last.AddDays(Respite) <= today) ? invoice.Level + 1 : null;
    }
}
