using Ladewerk.Ocpp.V16;
using Ladewerk.Stations.Protocol;

namespace Ladewerk.Tests.Ocpp;

/// <summary>What the protocol debugger says of a conversation.</summary>
public sealed class ConversationTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private int second;

    [Fact]
    public void A_session_by_the_book_has_no_violation() => Check(
        In("BootNotification", """{"chargePointVendor":"V","chargePointModel":"M"}""", """{"status":"Accepted"}"""),
        In("StatusNotification", """{"connectorId":1,"errorCode":"NoError","status":"Available"}"""),
        In("StatusNotification", """{"connectorId":1,"errorCode":"NoError","status":"Preparing"}"""),
        In("StartTransaction", """{"connectorId":1,"idTag":"AABBCCDD","meterStart":0,"timestamp":"2026-03-02T08:00:00Z"}""", """{"transactionId":5}"""),
        In("MeterValues", """{"connectorId":1,"transactionId":5,"meterValue":[]}"""),
        In("StopTransaction", """{"transactionId":5,"meterStop":10,"timestamp":"2026-03-02T08:00:00Z"}""")).ShouldBeEmpty();

    [Fact]
    public void Each_violation_names_its_clause()
    {
        var found = Check(
            In("BootNotification", "{}", """{"status":"Pending"}"""),
            In("StartTransaction", """{"connectorId":1,"idTag":"A","meterStart":0}""", """{"transactionId":5}"""),
            In("BootNotification", "{}", """{"status":"Accepted"}"""),
            In("StatusNotification", """{"connectorId":1,"status":"Available","timestamp":"1970-01-01T00:00:00Z"}"""),
            In("StatusNotification", """{"connectorId":1,"status":"Finishing"}"""),
            In("MeterValues", """{"connectorId":1,"meterValue":[]}"""),
            In("MeterValues", """{"connectorId":1,"transactionId":-1,"meterValue":[]}"""),
            In("StartTransaction", """{"connectorId":1,"idTag":"A","meterStart":0}""", """{"transactionId":6}"""),
            In("StopTransaction", """{"transactionId":6}"""),
            In("MeterValues", """{"connectorId":1,"transactionId":6,"meterValue":[]}"""),
            In("StopTransaction", """{"transactionId":0}"""),
            new LoggedCall(Now.AddSeconds(++second), false, "o1", "Reset", "{}", "timeout", null, null));

        found.Select(v => (v.Code, v.Clause)).ShouldBe(
        [
            ("beforeAccepted", "OCPP 1.6 §4.2"), ("clock", "OCPP 1.6 §4.6"), ("statusOrder", "OCPP 1.6 §4.9"), ("noTransaction", "OCPP 1.6 §4.7"), ("badTransaction", "OCPP 1.6 §6.31"),
            ("startTwice", "OCPP 1.6 §4.8"), ("afterStop", "OCPP 1.6 §4.7"), ("badTransaction", "OCPP 1.6 §6.49"), ("noAnswer", "OCPP-J 1.6 §4.1.1"),
        ]);
    }

    [Fact]
    public void What_was_forgiven_is_named_by_its_field()
    {
        var found = Check(In("StatusNotification", """{"connectorId":"1","errorCode":"NoError","status":"Available"}""") with { Verdict = "lenient" }).ShouldHaveSingleItem();
        (found.Code, found.Clause).ShouldBe(("shape", "OCPP 1.6 §6.47"));
        found.Detail!.ShouldContain("connectorId");
    }

    [Fact]
    public void A_message_id_used_for_other_content_is_told_and_a_repetition_is_not() => Check(
        In("Heartbeat", "{}") with { MessageId = "x" }, In("Heartbeat", "{}") with { MessageId = "x" }, In("Authorize", """{"idTag":"A"}""") with { MessageId = "x" }).ShouldHaveSingleItem().Code.ShouldBe("idAgain");

    [Fact]
    public void An_export_shows_no_badge_and_no_password()
    {
        var line = ProtocolExport.Line(In("StartTransaction", """{"idTag":"04A1B2C3D4","nested":[{"parentIdTag":"GROUP-77"}]}""", """{"idTagInfo":{"status":"Accepted"}}"""), []);
        line.ShouldNotContain("04A1B2C3D4");
        line.ShouldNotContain("GROUP-77");
        line.ShouldContain("04A1****");
        ProtocolExport.Line(In("ChangeConfiguration", """{"key":"AuthorizationKey","value":"topsecret"}"""), []).ShouldNotContain("topsecret");
        ProtocolExport.Line(In("", "garbage 04A1B2C3D4"), []).ShouldNotContain("04A1B2C3D4");
    }

    private static IReadOnlyList<Violation> Check(params LoggedCall[] calls) => new ConversationRules().Check(calls);

    private LoggedCall In(string action, string payload, string answer = "{}") => new(Now.AddSeconds(++second), true, $"m{second}", action, payload, "ok", answer, Now.AddSeconds(second + 0.01));
}
