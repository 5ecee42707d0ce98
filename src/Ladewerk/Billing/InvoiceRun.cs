using Ladewerk.Drivers;
using Ladewerk.Kernel;

namespace Ladewerk.Billing;

/// <summary>How far a run is.</summary>
public enum RunState
{
    Waiting,
    Running,
    Finished,

    /// <summary>It ended early; see <see cref="InvoiceRun.Error"/>. A new run takes up what is left.</summary>
    Failed,

    /// <summary>Somebody stopped it. What it issued stays.</summary>
    Stopped,
}

/// <summary>An account that got no invoice in a run, and the reason: one of the words below.</summary>
public sealed record SkippedAccount(BillingAccountId BillingAccountId, string Name, string Reason)
{
    /// <summary>More than a small amount, and no full address (§14 Abs. 4 Nr. 1 UStG, §33 UStDV).</summary>
    public const string CustomerIncomplete = "customerIncomplete";

    /// <summary>A price has no VAT rate.</summary>
    public const string VatMissing = "vatMissing";

    /// <summary>An XRechnung needs the buyer's address and the supplier's phone and e-mail.</summary>
    public const string EInvoiceIncomplete = "eInvoiceIncomplete";

    /// <summary>Something unexpected; the log of the host says what.</summary>
    public const string Failed = "failed";
}

/// <summary>One order to invoice what is open, with its progress. Running it twice changes nothing: what is invoiced is not open.</summary>
public sealed class InvoiceRun : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required TenantId TenantId { get; init; }

    /// <summary>Sessions that ended from here on; null: from the beginning.</summary>
    public DateTimeOffset? FromAt { get; init; }

    /// <summary>Sessions that ended before.</summary>
    public required DateTimeOffset ToAt { get; init; }

    /// <summary>Only this account.</summary>
    public BillingAccountId? BillingAccountId { get; init; }

    /// <summary>The month that the schedule runs it for; null: somebody asked for it. A month is run once.</summary>
    public DateOnly? ForMonth { get; init; }
    public RunState State { get; set; }
    public int Accounts { get; set; }
    public int AccountsDone { get; set; }
    public List<SkippedAccount> Skipped { get; set; } = [];
    public string? Error { get; set; }
    public string? RequestedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }
}
