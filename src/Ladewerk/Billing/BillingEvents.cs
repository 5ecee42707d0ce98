using Ladewerk.Kernel;
using Ladewerk.Sessions;

namespace Ladewerk.Billing;

/// <summary>A charge detail record was added: the original, or the credit and the correction that came later.</summary>
public sealed record CdrRecorded(CdrId CdrId, SessionId SessionId) : IEvent
{
    public static string Type => "cdrRecorded";
}

/// <summary>An invoice was taken back in full by a cancellation invoice, which is an invoice of its own (<see cref="InvoiceIssued"/>).</summary>
public sealed record InvoiceCancelled(InvoiceId InvoiceId, InvoiceId CancellationId) : IEvent
{
    public static string Type => "invoiceCancelled";
}

/// <summary>An invoice was not paid by the day on which it was due. Told once.</summary>
public sealed record InvoiceOverdue(InvoiceId InvoiceId) : IEvent
{
    public static string Type => "invoiceOverdue";
}
