using System.Globalization;

namespace Ladewerk.Payments.Stripe;

/// <summary>A body as Stripe takes it: form-encoded, what is nested with brackets in its key.</summary>
internal sealed class StripeForm
{
    private readonly List<KeyValuePair<string, string>> fields = [];

    public IReadOnlyList<KeyValuePair<string, string>> Fields => fields;

    /// <summary>Adds a field; null adds nothing.</summary>
    /// <param name="path">Its name and the names within, from the outside: <c>payment_intent_data</c>, <c>metadata</c>, <c>payment</c>.</param>
    public StripeForm Add(object? value, params ReadOnlySpan<string> path)
    {
        if (value is not null)
        {
            var key = path[0];
            foreach (var part in path[1..])
            {
                key += $"[{part}]";
            }

            fields.Add(new(key, value switch
            {
                bool yes => yes ? "true" : "false",
                IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
                _ => value.ToString()!,
            }));
        }

        return this;
    }
}
