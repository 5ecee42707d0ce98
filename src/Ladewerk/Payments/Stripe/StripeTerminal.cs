using System.Security.Cryptography;
using System.Text;
using Ladewerk.Payments.Terminals;

namespace Ladewerk.Payments.Stripe;

/// <summary>Stripe Terminal with one account's key: smart readers that Stripe's servers drive (https://docs.stripe.com/terminal/payments/collect-card-payment?terminal-sdk-platform=server-driven).</summary>
internal sealed class StripeTerminal(StripeClient client, string key) : IPaymentTerminal
{
    public const string ProviderName = "stripe";

    private const string Readers = "/v1/terminal/readers", TenantTag = "tenant";

    public string Name => ProviderName;

    public async Task<ReaderSight> Register(NewReader reader, CancellationToken ct)
    {
        // The same words are the same request, for a day: an answer that was lost is found again.
        var words = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{reader.Tenant.Value:N} {reader.Code} {reader.Label} {reader.Place}")))[..40];
        var location = reader.Location ?? (await client.Post<StripeNamed>(
            key, "/v1/terminal/locations",
            new StripeForm()
                .Add(reader.Place.Name, "display_name")
                .Add(reader.Place.Street, "address", "line1")
                .Add(reader.Place.PostalCode, "address", "postal_code")
                .Add(reader.Place.City, "address", "city")
                .Add(reader.Place.Country, "address", "country"),
            $"ladewerk-location-{words}", ct)).Id;
        var form = new StripeForm().Add(reader.Code, "registration_code").Add(reader.Label, "label").Add(location, "location").Add(reader.Tenant.Value, "metadata", TenantTag);
        return Of(await client.Post<StripeReader>(key, Readers, form, $"ladewerk-reader-{words}", ct));
    }

    public async Task<ReaderSight?> Find(string reader, CancellationToken ct) => await Reader(reader, ct) is { } found ? Of(found) : null;

    public Task Rename(string reader, string label, CancellationToken ct) =>
        client.Post<StripeReader>(key, Path(reader), new StripeForm().Add(label, "label"), $"ladewerk-label-{Guid.NewGuid():N}", ct);

    public async Task Unregister(string reader, CancellationToken ct)
    {
        try
        {
            await client.Delete<StripeNamed>(key, Path(reader), ct);
        }
        catch (PaymentProviderException gone) when (gone.Code == "resource_missing")
        {
            return; // as wanted
        }
    }

    public async Task<string> Prepare(CardOffer offer, CancellationToken ct) => (await client.Post<StripeNamed>(
        key, "/v1/payment_intents",
        new StripeForm()
            .Add(StripeAmounts.Minor(offer.Amount), "amount")
            .Add(offer.Amount.Currency.ToLowerInvariant(), "currency")
            .Add("card_present", "payment_method_types", "0")
            .Add("manual", "capture_method")
            .Add(offer.Title, "description")
            .Add(true, "payment_method_options", "card_present", "request_incremental_authorization_support")
            .Add(offer.Payment, "metadata", "payment"),
        $"ladewerk-{offer.Payment:N}-intent", ct)).Id;

    public async Task<OfferSight> Offer(CardOffer offer, string intent, int round, CancellationToken ct)
    {
        try
        {
            var form = new StripeForm().Add(intent, "payment_intent").Add(true, "process_config", "enable_customer_cancellation");
            return Sight(await client.Post<StripeReader>(key, Path(offer.Reader) + "/process_payment_intent", form, FormattableString.Invariant($"ladewerk-{offer.Payment:N}-offer-{round}"), ct), intent);
        }
        catch (PaymentProviderException refused) when (refused.Code == "terminal_reader_timeout")
        {
            return OfferSight.Waiting; // it may ask all the same: the next look tells
        }
        catch (PaymentProviderException refused) when (refused.Code == "terminal_reader_busy")
        {
            return OfferSight.Idle;
        }
        catch (PaymentProviderException refused) when (refused.Code is "terminal_reader_offline" or "resource_missing")
        {
            return OfferSight.Offline;
        }
    }

    public async Task<OfferSight> State(string reader, string intent, CancellationToken ct) => await Reader(reader, ct) is { } found ? Sight(found, intent) : OfferSight.Offline;

    public async Task<bool> Withdraw(string reader, string intent, CancellationToken ct)
    {
        if (await Reader(reader, ct) is not { } found || Sight(found, intent) != OfferSight.Waiting)
        {
            return true;
        }

        try
        {
            await client.Post<StripeReader>(key, Path(reader) + "/cancel_action", new StripeForm(), $"ladewerk-withdraw-{Guid.NewGuid():N}", ct);
            return true;
        }
        catch (PaymentProviderException refused) when (refused.Code == "terminal_reader_busy")
        {
            return false;
        }
        catch (PaymentProviderException refused) when (refused.Fault is ProviderFault.Invalid or ProviderFault.State || refused.Code == "terminal_reader_timeout")
        {
            return true; // it cannot be reached: what it shows can hold nothing once the payment is cancelled
        }
    }

    private async Task<StripeReader?> Reader(string id, CancellationToken ct)
    {
        try
        {
            return await client.Get<StripeReader>(key, Path(id), ct) is { Deleted: not true } found ? found : null;
        }
        catch (PaymentProviderException gone) when (gone.Code == "resource_missing")
        {
            return null;
        }
    }

    /// <summary>What the reader's last action says of a payment; of another's it says nothing.</summary>
    private static OfferSight Sight(StripeReader reader, string intent)
    {
        var ours = reader.Action is { ProcessPaymentIntent.PaymentIntent: { } of } action && of == intent ? action : null;
        return ours switch
        {
            { Status: "succeeded" } => OfferSight.Done,
            { Status: "failed", FailureCode: "customer_canceled" } => OfferSight.Cancelled,
            { Status: "failed", FailureCode: { } why } when why.Contains("timed_out", StringComparison.Ordinal) || why.Contains("timeout", StringComparison.Ordinal) => OfferSight.Idle,
            { Status: "failed" } => OfferSight.Declined,
            _ when reader.Status != "online" => OfferSight.Offline,
            { Status: "in_progress" } => OfferSight.Waiting,
            _ => OfferSight.Idle,
        };
    }

    private static ReaderSight Of(StripeReader r) => new(
        r.Id, r.Status == "online", r.DeviceType, r.SerialNumber, r.Location, r.Metadata is { } tags && Guid.TryParse(tags.GetValueOrDefault(TenantTag), out var tenant) ? tenant : null);

    private static string Path(string reader) => $"{Readers}/{Uri.EscapeDataString(reader)}";

    /// <param name="Status">online or offline.</param>
    private sealed record StripeReader(string Id, string? Status, StripeReaderAction? Action, string? DeviceType, string? SerialNumber, string? Location, IReadOnlyDictionary<string, string>? Metadata, bool? Deleted = null);

    /// <param name="Status">in_progress, succeeded or failed.</param>
    private sealed record StripeReaderAction(string Type, string Status, string? FailureCode, StripeReaderPayment? ProcessPaymentIntent);

    private sealed record StripeReaderPayment(string? PaymentIntent);
}
