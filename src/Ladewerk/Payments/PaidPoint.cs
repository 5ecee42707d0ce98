using Ladewerk.Sessions.App;

namespace Ladewerk.Payments;

/// <summary>Asks the station of a payment to start.</summary>
internal sealed class PaidPoint(ChargePoints points, PhoneStarts starts)
{
    /// <summary>Null where the station said yes; the payer's link leads to the session from then on.</summary>
    public async Task<PaymentOutcome?> Start(Payment payment, CancellationToken ct)
    {
        if (await points.Of(payment.StationId, payment.EvseNumber, ct) is not { } point)
        {
            return PaymentOutcome.Unreachable; // taken down in the meantime
        }

        if (point.State == PointState.Faulted)
        {
            return PaymentOutcome.Refused;
        }

        return await starts.RunPaid(point, payment.IdToken!, payment.LinkHash, ct) switch
        {
            null => null,
            StartRefusal.Rejected => PaymentOutcome.Refused,
            StartRefusal.Busy => PaymentOutcome.PointTaken,
            StartRefusal.Offline or StartRefusal.NoAnswer => PaymentOutcome.Unreachable,
            var other => throw new ArgumentOutOfRangeException(nameof(payment), other, "No such refusal."),
        };
    }
}
