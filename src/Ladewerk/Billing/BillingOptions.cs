namespace Ladewerk.Billing;

/// <summary>How invoices are run and documents are made (configuration section <c>Billing</c>).</summary>
public sealed class BillingOptions
{
    /// <summary>Runs that work at the same time on this node; others wait.</summary>
    public int ConcurrentRuns { get; set; } = 4;

    /// <summary>How long a request for a run waits for its end before it answers with the run in progress.</summary>
    public TimeSpan RunAnswer { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The WeasyPrint program: a path, or a name to be found in PATH.</summary>
    public string WeasyPrint { get; set; } = "weasyprint";

    /// <summary>Documents made at the same time on this node.</summary>
    public int ConcurrentDocuments { get; set; } = 1;

    /// <summary>A document that takes longer is given up and tried again later.</summary>
    public TimeSpan DocumentTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How often the database is asked for invoices that still have no document.</summary>
    public TimeSpan DocumentPoll { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often it is asked what is due today: runs by schedule, reminders.</summary>
    public TimeSpan Clock { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How often it is asked whether another system (CRM, ERP) has something to get, when nobody rang.</summary>
    public TimeSpan SyncPoll { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause after the first failure; it doubles up to an hour.</summary>
    public TimeSpan SyncRetry { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long another system may take to answer.</summary>
    public TimeSpan SyncTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>A system that has taken nothing for so long is left alone until a person looks.</summary>
    public TimeSpan SyncPauseAfter { get; set; } = TimeSpan.FromDays(3);

    /// <summary>Folder with a style sheet per tenant, <c>&lt;slug&gt;.css</c>, that follows the invoice's own; null: none.</summary>
    public string? StyleDirectory { get; set; }
}
