using Ladewerk.Kernel;

namespace Ladewerk.Billing;

/// <summary>An invoice, correction or cancellation has got its number and is final.</summary>
public sealed record InvoiceIssued(InvoiceId InvoiceId) : IEvent
{
    public static string Type => "invoiceIssued";
}
