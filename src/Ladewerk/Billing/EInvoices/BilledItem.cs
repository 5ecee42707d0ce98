using Ladewerk.Billing.Templates;

namespace Ladewerk.Billing.EInvoices;

/// <summary>A line in the terms of EN 16931 BG-25: a price that is never negative (BR-27), a quantity that carries the sign.</summary>
/// <param name="Unit">UN/ECE recommendation 20.</param>
/// <param name="Price">Net, for one unit (BT-146).</param>
internal sealed record BilledItem(decimal Quantity, string Unit, decimal Price)
{
    /// <summary>How far quantity times price may be from the net amount: the lines of a rate are rounded so that they add up.</summary>
    private const decimal Slack = 0.02m;

    public static BilledItem Of(InvoiceLine line)
    {
        var unit = line.Unit switch
        {
            "kWh" => "KWH",
            "min" => "MIN",
            "month" => "MON",
            _ => "C62",
        };
        var (quantity, price) = line.UnitPrice < 0m ? (-line.Quantity, -line.UnitPrice) : (line.Quantity, line.UnitPrice);
        if (line.Unit.Length > 0 && quantity != 0m && Math.Abs((quantity * price) - line.Net) <= Slack)
        {
            return new BilledItem(quantity, unit, price);
        }

        // Caps, limits and vouchers are amounts: once, for that much.
        return new BilledItem(line.Net < 0m ? -1m : 1m, "C62", Math.Abs(line.Net));
    }

    /// <summary>What the line is called (BT-153).</summary>
    public static string NameOf(InvoiceLine line, InvoiceTexts texts) => line.Description ?? texts.Of(line.Type);
}
