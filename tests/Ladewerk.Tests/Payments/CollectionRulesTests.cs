using Ladewerk.Payments.Invoices;
using Ladewerk.Payments.Methods;

namespace Ladewerk.Tests.Payments;

public sealed class CollectionRulesTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);

    [Theory]
    [InlineData(PaymentMethodKind.Card, "insufficient_funds", 1, 3)]
    [InlineData(PaymentMethodKind.Card, "generic_decline", 2, 5)]
    [InlineData(PaymentMethodKind.Card, "generic_decline", 3, null)]
    [InlineData(PaymentMethodKind.Card, "authentication_required", 1, null)]
    [InlineData(PaymentMethodKind.Card, "expired_card", 1, null)]
    [InlineData(PaymentMethodKind.SepaDebit, "insufficient_funds", 1, 7)]
    [InlineData(PaymentMethodKind.SepaDebit, "insufficient_funds", 2, null)]
    [InlineData(PaymentMethodKind.SepaDebit, "account_closed", 1, null)]
    [InlineData(PaymentMethodKind.Card, null, 1, null)]
    public void What_may_be_otherwise_later_is_tried_again_and_nothing_else(PaymentMethodKind kind, string? fault, int failed, int? days) =>
        CollectionRules.Again(kind, fault, failed, Today).ShouldBe(days is { } later ? Today.AddDays(later) : null);
}
