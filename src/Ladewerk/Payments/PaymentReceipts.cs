using System.Globalization;
using Ladewerk.Billing;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Mail;
using Ladewerk.Kernel.Text;

namespace Ladewerk.Payments;

/// <summary>Tells the payer by mail what came of it; the link leads to the receipt.</summary>
internal sealed class PaymentReceipts(MailQueue mails, KeySafe safe)
{
    private const string Kind = "payment.receipt";

    /// <summary>Joins the caller's unit of work; does nothing where the payer has left no address or nothing was ever held.</summary>
    public Task Enqueue(Payment payment, ChargeDetailRecord? record, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (payment.HeldAt is null || payment.Email is not { } to || !MailQueue.IsAddress(to))
        {
            return Task.CompletedTask;
        }

        var language = payment.Language;
        var content = new MailContent(Texts.In(language, payment.Captured > 0 ? "payments.mail.paid" : "payments.mail.free"), [Why(payment, language)])
        {
            Facts = [.. Facts(payment, record, language)],
            Action = new MailAction(Texts.In(language, "payments.mail.receipt"), new Uri(safe.Open(payment.LinkSealed))),
            SmallPrint = [Texts.In(language, "payments.mail.bank")],
        };
        mails.Enqueue(new NewMail(Kind, to, language, Texts.In(language, payment.Captured > 0 ? "payments.mail.paid.subject" : "payments.mail.free.subject", payment.Evse), content));
        return Task.CompletedTask;
    }

    private static string Why(Payment payment, string language) => payment.Outcome is { } outcome
        ? Texts.In(language, "payments.outcome." + Words.Name(outcome))
        : Texts.In(language, "payments.mail.what", Words.Amount(payment.Captured, payment.Currency, language), Words.Amount(payment.Hold - payment.Captured, payment.Currency, language));

    private static IEnumerable<MailFact> Facts(Payment payment, ChargeDetailRecord? record, string language)
    {
        yield return new MailFact(Texts.In(language, "payments.point"), payment.Evse);
        if (record is not null)
        {
            yield return new MailFact(Texts.In(language, "payments.energy"), record.EnergyWh.KilowattHours.ToString("N3", Words.Culture(language)) + " kWh");
        }

        if (payment.Captured > 0)
        {
            foreach (var vat in record?.Cost.Vat ?? [])
            {
                yield return new MailFact(Texts.In(language, "payments.vat", vat.Rate.ToString("0.##", CultureInfo.InvariantCulture)), Words.Amount(vat.Amount, payment.Currency, language));
            }
        }

        yield return new MailFact(Texts.In(language, "payments.taken"), Words.Amount(payment.Captured, payment.Currency, language));
    }
}

/// <summary>How amounts and reasons are written.</summary>
internal static class Words
{
    public static CultureInfo Culture(string language) => CultureInfo.GetCultureInfo(language == "de" ? "de-DE" : "en-GB");

    public static string Amount(decimal amount, string currency, string language) => Amounts.Of(amount, currency, language);

    public static string Day(DateOnly day, string language) => day.ToString(language == "de" ? "d. MMMM yyyy" : "d MMMM yyyy", Culture(language));

    public static string Name(Terminals.OfferEnding ending) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(ending.ToString());

    public static string Name(PaymentOutcome outcome) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(outcome.ToString());
}
