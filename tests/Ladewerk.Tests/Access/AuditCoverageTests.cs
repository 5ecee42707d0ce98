using System.Text.RegularExpressions;

namespace Ladewerk.Tests.Access;

/// <summary>Who changes what people keep writes the audit log in the same step; what does not is listed with what tells of it instead.</summary>
public sealed partial class AuditCoverageTests
{
    private static readonly Dictionary<string, string> Told = new(StringComparer.Ordinal)
    {
        ["Access/AccountLinks.cs"] = "links by mail; who follows one is audited by FollowLink",
        ["Access/Bootstrap.cs"] = "the first start, before anybody is there",
        ["Access/External/ExternalSignIn.cs"] = "the pending state of a sign-in; accounts it makes are audited by ExternalAccounts",
        ["Billing/IssueAdHocReceipt.cs"] = "an issued document tells of itself",
        ["Billing/MailInvoice.cs"] = "the queue of mails keeps what was sent",
        ["Billing/RecordCdr.cs"] = "an immutable record of a session",
        ["Billing/RenderInvoice.cs"] = "the document of an issued invoice",
        ["Billing/RunInvoices.cs"] = "the run is audited when it is started, stopped and resumed",
        ["Billing/Subscriptions/PostSubscriptions.cs"] = "fees are rows of their own, charged by a contract that is audited",
        ["Billing/Sync/QueueSync.cs"] = "the queue of a target keeps what was sent",
        ["Drivers/Registration/RegisterDriver.cs"] = "a driver's own registration, kept as such",
        ["Drivers/Vouchers/PaidStarts.cs"] = "a token for a paid start, told by the payment",
        ["Drivers/Vouchers/RedeemCode.cs"] = "uses of a code are rows of their own",
        ["Kernel/LadewerkDb.cs"] = "the context itself",
        ["Kernel/Mail/MailQueue.cs"] = "the queue of mails",
        ["Kernel/Mail/MailSender.cs"] = "the queue of mails",
        ["Notifications/MailOut.cs"] = "the queue of mails",
        ["Payments/AdvancePayment.cs"] = "the payment's own history and the ledger",
        ["Payments/App/MethodsApp.cs"] = "a payer's own choice; what is taken up or removed is audited by Methods",
        ["Payments/Invoices/Collections.cs"] = "the collection's own history and the ledger",
        ["Payments/Invoices/OpenInvoicePage.cs"] = "the collection's own history and the ledger",
        ["Payments/Invoices/ReturnCredit.cs"] = "the collection's own history and the ledger",
        ["Payments/Invoices/SettleCharge.cs"] = "the collection's own history and the ledger",
        ["Payments/Methods/ForgetPayer.cs"] = "part of an erasure, which is audited",
        ["Payments/Methods/OpenMethodPage.cs"] = "the visit of a payer's link",
        ["Payments/OpenPayment.cs"] = "the payment's own history and the ledger",
        ["Payments/SettlePayment.cs"] = "the payment's own history and the ledger",
        ["Payments/Terminals/AtTheTerminal.cs"] = "the payment's own history and the ledger",
        ["Payments/Terminals/LookAtTerminal.cs"] = "what the provider says of a reader; what people change is audited by ChangeTerminal",
        ["Payments/Terminals/TerminalWatch.cs"] = "what the provider says of a reader; what people change is audited by ChangeTerminal",
        ["Receipts/App/MailReceipt.cs"] = "the queue of mails keeps what was sent",
        ["Sessions/App/OwnSessions.cs"] = "a driver's own wishes",
        ["Sessions/App/PhoneStart.cs"] = "a start by phone is a row of its own",
        ["Sessions/Reservations/DeliverReservation.cs"] = "what a station answered; who made it is audited",
        ["Stations/Files/KeepFile.cs"] = "files that stations upload",
        ["Stations/Firmware/SendUpdate.cs"] = "updates are rows that name who asked",
        ["Stations/Schedules/RunSchedule.cs"] = "runs of a schedule that is audited",
        ["Stations/Security/IssueCertificate.cs"] = "certificates are rows that tell where they came from",
        ["Stations/SendCommand.cs"] = "commands are rows that name who asked",
        ["Stations/StationCsv.cs"] = "each station is audited by RegisterStation",
    };

    [Fact]
    public void Whoever_writes_tells_the_audit_log()
    {
        var host = Path.Combine(ArchitectureTests.Root, "src", "Ladewerk");
        var silent = Directory.EnumerateFiles(host, "*.cs", SearchOption.AllDirectories)
            .Select(file => (Name: Path.GetRelativePath(host, file).Replace('\\', '/'), Code: File.ReadAllText(file)))
            .Where(file => !file.Name.StartsWith("Demo/", StringComparison.Ordinal) && Writes().IsMatch(file.Code) && !file.Code.Contains("audit", StringComparison.OrdinalIgnoreCase))
            .Select(file => file.Name).Order(StringComparer.Ordinal).ToList();

        silent.ShouldBe(Told.Keys.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("SaveChangesAsync|ExecuteUpdateAsync|ExecuteDeleteAsync", RegexOptions.None, 1000)]
    private static partial Regex Writes();
}
