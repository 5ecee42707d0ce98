namespace Ladewerk.Billing;

/// <summary>Rounds parts so that they add up to a rounded total (largest remainder); a part is off by less than one minor unit.</summary>
internal static class Apportion
{
    /// <param name="total">Whole minor units, near the sum of the parts.</param>
    /// <param name="exact">The parts before rounding.</param>
    /// <param name="digits">Decimal places of the minor unit.</param>
    public static decimal[] Of(decimal total, decimal[] exact, int digits)
    {
        var unit = new decimal(1, 0, 0, isNegative: false, (byte)digits);
        var parts = Array.ConvertAll(exact, part => decimal.Floor(part / unit) * unit);
        var missing = (int)((total - parts.Sum()) / unit);
        var byRemainder = Enumerable.Range(0, parts.Length).OrderByDescending(i => exact[i] - parts[i]);
        foreach (var i in byRemainder.Take(missing))
        {
            parts[i] += unit;
        }

        return parts;
    }
}
