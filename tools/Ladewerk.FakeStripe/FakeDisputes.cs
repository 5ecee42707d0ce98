using System.Text.Json.Nodes;

namespace Ladewerk.FakeStripe;

/// <summary>Money that is taken back.</summary>
public sealed class FakeDispute
{
    public required string Id { get; init; }
    public required string Intent { get; init; }
    public required string Charge { get; init; }
    public required long Amount { get; init; }
    public required string Currency { get; init; }
    public required string Reason { get; init; }
    public required long Created { get; init; }
    public string Status { get; set; } = "needs_response";
    public List<FakeMovement> Movements { get; } = [];
}

/// <summary>Disputes: the amount and a fee leave the balance when it is opened; what is won comes back.</summary>
public sealed partial class FakeBooks
{
    private const long DisputeFee = 2000, ReturnFee = 350;
    private readonly Dictionary<string, FakeDispute> disputes = new(StringComparer.Ordinal);

    public FakeDispute Dispute(string id) => Do(() => disputes.GetValueOrDefault(id) ?? throw Missing());

    /// <param name="isLost">A returned SEPA debit is lost at once.</param>
    public FakeDispute OpenDispute(string intentId, string reason, bool isLost = false) => Do(() =>
    {
        var intent = In(intentId, "succeeded");
        var dispute = new FakeDispute { Id = Next("dp"), Intent = intentId, Charge = intent.Charge!, Amount = intent.Received - intent.Refunded, Currency = intent.Currency, Reason = reason, Created = Now, Status = isLost ? "lost" : "needs_response" };
        disputes[dispute.Id] = dispute;
        Tell("charge.dispute.created", FakeViews.Of(dispute));
        Move(dispute, -dispute.Amount, isLost ? ReturnFee : DisputeFee);
        Tell("charge.dispute.funds_withdrawn", FakeViews.Of(dispute));
        if (isLost)
        {
            Tell("charge.dispute.closed", FakeViews.Of(dispute));
        }

        return dispute;
    });

    public void DecideDispute(string id, bool won) => Do(() =>
    {
        var dispute = Dispute(id);
        dispute.Status = won ? "won" : "lost";
        if (won)
        {
            Move(dispute, dispute.Amount, 0);
            Tell("charge.dispute.funds_reinstated", FakeViews.Of(dispute));
        }

        Tell("charge.dispute.closed", FakeViews.Of(dispute));
        return true;
    });

    private void Move(FakeDispute dispute, long amount, long fee)
    {
        var movement = new FakeMovement(Next("txn"), "adjustment", dispute.Id, amount, fee, dispute.Currency, Now);
        movements.Add(movement);
        dispute.Movements.Add(movement);
    }
}
