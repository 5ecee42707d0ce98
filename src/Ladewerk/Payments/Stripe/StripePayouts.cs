using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Payments.Payouts;

namespace Ladewerk.Payments.Stripe;

/// <summary>Stripe Connect with one account's key: separate charges and transfers (https://docs.stripe.com/connect/separate-charges-and-transfers).</summary>
internal sealed class StripePayouts(StripeClient client, string key) : IPayoutProvider
{
    private const int Most = 100;

    public async Task<ProviderAccount> OpenAccount(AccountRequest request, string idempotencyKey, CancellationToken ct) => Of(await client.Post<StripeAccount>(
        key, "/v1/accounts",
        new StripeForm()
            .Add("express", "type")
            .Add(request.Country, "country")
            .Add(request.Email, "email")
            .Add(true, "capabilities", "transfers", "requested")
            .Add(request.Name, "business_profile", "name")
            .Add(request.Organisation, "metadata", "organisation"),
        idempotencyKey, ct));

    public async Task<ProviderAccount> Account(string id, CancellationToken ct) => Of(await client.Get<StripeAccount>(key, $"/v1/accounts/{Uri.EscapeDataString(id)}", ct));

    public async Task<Uri> Onboarding(string account, Uri again, Uri done, CancellationToken ct)
    {
        var form = new StripeForm().Add(account, "account").Add(again, "refresh_url").Add(done, "return_url").Add("account_onboarding", "type");

        // Each opens once and soon ends: a new one each time, so a new key each time.
        return new Uri((await client.Post<StripeLink>(key, "/v1/account_links", form, $"ladewerk-link-{Guid.NewGuid():N}", ct)).Url);
    }

    public async Task<ProviderTransfer> Transfer(TransferRequest request, string idempotencyKey, CancellationToken ct) => Of(await client.Post<StripeTransfer>(
        key, "/v1/transfers",
        new StripeForm()
            .Add(StripeAmounts.Minor(request.Amount), "amount")
            .Add(request.Amount.Currency.ToLowerInvariant(), "currency")
            .Add(request.Account, "destination")
            .Add(Group(request.Payout), "transfer_group")
            .Add(request.Title, "description")
            .Add(request.Payout, "metadata", "payout")
            .Add("balance_transaction", "expand", "0"),
        idempotencyKey, ct));

    public async Task<ProviderTransfer?> FindTransfer(Guid payout, CancellationToken ct)
    {
        var found = await client.Get<StripeList<StripeTransfer>>(key, $"/v1/transfers?limit=1&transfer_group={Group(payout)}&expand[]=data.balance_transaction", ct);
        return found.Data is [var transfer, ..] ? Of(transfer) : null;
    }

    public async Task<ProviderReturn> TakeBack(string transfer, Guid id, Money amount, string idempotencyKey, CancellationToken ct) => Of(await client.Post<StripeReversal>(
        key, $"/v1/transfers/{Uri.EscapeDataString(transfer)}/reversals", new StripeForm().Add(StripeAmounts.Minor(amount), "amount").Add(id, "metadata", "return"), idempotencyKey, ct));

    public async Task<IReadOnlyList<ProviderReturn>> Returns(string transfer, CancellationToken ct) =>
        [.. (await client.Get<StripeList<StripeReversal>>(key, $"/v1/transfers/{Uri.EscapeDataString(transfer)}/reversals?limit={Most}", ct)).Data.Select(Of)];

    private static string Group(Guid payout) => $"ladewerk-{payout:N}";

    private static ProviderAccount Of(StripeAccount a)
    {
        var wanted = a.Requirements?.CurrentlyDue ?? [];
        return new ProviderAccount(a.Id, a.Capabilities?.Transfers == "active", a.Requirements?.DisabledReason is not null && a.DetailsSubmitted && wanted.Count == 0, wanted);
    }

    private static ProviderTransfer Of(StripeTransfer t) => new(
        t.Id, StripeAmounts.Money(t.Amount, t.Currency), t.Destination, t.BalanceTransaction is { } moved ? StripeAmounts.Money(moved.Fee, moved.Currency).Amount : null);

    private static ProviderReturn Of(StripeReversal r) => new(
        r.Id, StripeAmounts.Money(r.Amount, r.Currency),
        r.Metadata.ValueKind == JsonValueKind.Object && r.Metadata.TryGetProperty("return", out var ours) && Guid.TryParse(ours.GetString(), out var id) ? id : null);

    private sealed record StripeAccount(string Id, bool DetailsSubmitted, StripeCapabilities? Capabilities, StripeRequirements? Requirements);

    /// <param name="Transfers">active, inactive or pending.</param>
    private sealed record StripeCapabilities(string? Transfers);

    private sealed record StripeRequirements(IReadOnlyList<string>? CurrentlyDue, string? DisabledReason);

    private sealed record StripeLink(string Url);

    /// <param name="BalanceTransaction">Expanded.</param>
    private sealed record StripeTransfer(string Id, long Amount, string Currency, string Destination, StripeMovement? BalanceTransaction);

    private sealed record StripeReversal(string Id, long Amount, string Currency, JsonElement Metadata = default);
}
