using System.Globalization;
using System.Text;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Ocpp.Tests;

/// <summary>Habits of stations (design quirks Q9 to Q22) on the payloads they were seen on.</summary>
public sealed class WireReaderTests
{
    private static ReadOutcome<T> Read<T>(string json, Leniency allowed = Leniency.All)
        where T : class, IWireMessage<T> => WireReader.Read<T>(Encoding.UTF8.GetBytes(json), allowed);

    private static T Forgiven<T>(string json, params Leniency[] kinds)
        where T : class, IWireMessage<T>
    {
        var outcome = Read<T>(json);
        outcome.Fault.ShouldBeNull();
        outcome.Notes.Select(n => n.Kind).ShouldBe(kinds);
        if (kinds.Length > 0)
        {
            Read<T>(json, Leniency.None).Ok.ShouldBeFalse();
            Read<T>(json, outcome.Used).Ok.ShouldBeTrue();
        }

        return outcome.Value!;
    }

    private static void Refused<T>(string json, string code, string path)
        where T : class, IWireMessage<T>
    {
        var fault = Read<T>(json).Fault.ShouldNotBeNull();
        (fault.Code, fault.Path).ShouldBe((code, path));
        fault.Description.ShouldStartWith(path);
    }

    private static MeterValuesRequest Meter(string sampledValue, params Leniency[] kinds) => Forgiven<MeterValuesRequest>(
        $$"""{"connectorId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{{sampledValue}}]}]}""", kinds);

    [Fact]
    public void A_message_that_follows_the_standard_needs_nothing()
    {
        var start = Forgiven<StartTransactionRequest>("""{"connectorId":1,"idTag":"A","meterStart":12,"timestamp":"2026-01-01T00:00:00+03:00","vendor":{"x":1}}""");

        start.MeterStart.ShouldBe(12);
        start.Timestamp.UtcDateTime.ShouldBe(new DateTime(2025, 12, 31, 21, 0, 0));
    }

    [Fact]
    public void Numbers_as_text_and_text_as_numbers_are_read()
    {
        var start = Forgiven<StartTransactionRequest>(
            """{"connectorId":"1","idTag":4711,"meterStart":"604.213","timestamp":"2026-01-01T00:00:00Z"}""",
            Leniency.ValueFromText, Leniency.TextFromValue, Leniency.ValueFromText);
        (start.ConnectorId, start.IdTag, start.MeterStart).ShouldBe((1, "4711", 604.213m));

        Meter("""{"value":604.213}""", Leniency.TextFromValue).MeterValue[0].SampledValue[0].Value.ShouldBe("604.213");
    }

    [Fact]
    public void A_fractional_meter_stop_keeps_its_precision_and_is_no_leniency() =>
        Forgiven<StopTransactionRequest>("""{"transactionId":7,"meterStop":604.213,"timestamp":"2026-01-01T00:00:00Z"}""").MeterStop.ShouldBe(604.213m);

    [Theory]
    [InlineData("3.0", 3, Leniency.RoundedInteger)]
    [InlineData("2.5", 3, Leniency.RoundedInteger)]
    [InlineData("1e2", 100, Leniency.RoundedInteger)]
    [InlineData("1767225600000", int.MaxValue, Leniency.ClampedNumber)]
    [InlineData("-1e300", int.MinValue, Leniency.ClampedNumber)]
    [InlineData("\" 7 \"", 7, Leniency.ValueFromText)]
    public void Whole_number_fields_take_fractions_and_cut_what_is_too_large(string number, int expected, Leniency kind)
    {
        var outcome = Read<StopTransactionRequest>($$"""{"transactionId":{{number}},"meterStop":1,"timestamp":"2026-01-01T00:00:00Z"}""");

        outcome.Value.ShouldNotBeNull().TransactionId.ShouldBe(expected);
        outcome.Used.ShouldBe(kind);
        outcome.Notes[0].Path.ShouldBe("$.transactionId");
    }

    [Fact]
    public void A_single_meter_value_is_wrapped() => Forgiven<MeterValuesRequest>(
        """{"connectorId":1,"meterValue":{"timestamp":"2026-01-01T00:00:00Z","sampledValue":{"value":"1"}}}""",
        Leniency.WrappedInArray, Leniency.WrappedInArray).MeterValue[0].SampledValue[0].Value.ShouldBe("1");

    [Fact]
    public void A_reading_without_values_is_dropped_alone()
    {
        var request = Forgiven<MeterValuesRequest>(
            """{"connectorId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[]},{"timestamp":"2026-01-01T00:01:00Z","sampledValue":[{"value":"1"}]}]}""",
            Leniency.EmptyEntryDropped);

        request.MeterValue.ShouldHaveSingleItem().Timestamp.Minute.ShouldBe(1);
    }

    [Theory]
    [InlineData("C", UnitOfMeasure.Celsius)]
    [InlineData("celsius", UnitOfMeasure.Celsius)]
    [InlineData("Hz", UnitOfMeasure.Hertz)]
    [InlineData("KWH", UnitOfMeasure.KWh)]
    [InlineData("%", UnitOfMeasure.Percent)]
    public void Units_are_recognised(string unit, UnitOfMeasure expected) =>
        Meter($$"""{"value":"1","unit":"{{unit}}"}""", Leniency.EnumAlias).MeterValue[0].SampledValue[0].Unit.ShouldBe(expected);

    [Theory]
    [InlineData("Celcius", UnitOfMeasure.Celsius)]
    [InlineData("Hertz", UnitOfMeasure.Hertz)]
    public void Units_that_a_schema_lists_are_no_leniency(string unit, UnitOfMeasure expected) =>
        Meter($$"""{"value":"1","unit":"{{unit}}"}""").MeterValue[0].SampledValue[0].Unit.ShouldBe(expected);

    [Theory]
    [InlineData("""{"value":"1","unit":"furlong"}""", "furlong")]
    [InlineData("""{"value":"1","measurand":"Energy.Total"}""", "Energy.Total")]
    [InlineData("""{"value":"1","phase":"L4"}""", "L4")]
    public void A_sample_of_unknown_meaning_is_dropped_and_not_taken_for_another(string sample, string original)
    {
        var json = $$"""{"connectorId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{{sample}},{"value":"2"}]}]}""";
        var outcome = Read<MeterValuesRequest>(json);

        outcome.Value.ShouldNotBeNull().MeterValue[0].SampledValue.ShouldHaveSingleItem().Value.ShouldBe("2");
        outcome.Notes.ShouldHaveSingleItem().Original.ShouldBe(original);
        Read<MeterValuesRequest>(json, Leniency.All & ~Leniency.UnknownEnumDropped).Fault.ShouldNotBeNull().Code.ShouldBe(OcppErrorCode.PropertyConstraintViolation);
    }

    [Fact]
    public void An_unknown_context_is_other() =>
        Meter("""{"value":"1","context":"Sample.Odd"}""", Leniency.EnumFallback).MeterValue[0].SampledValue[0].Context.ShouldBe(ReadingContext.Other);

    [Theory]
    [InlineData("Occupied", ChargePointStatus.Preparing)]
    [InlineData("charging", ChargePointStatus.Charging)]
    [InlineData("Suspended_EV", ChargePointStatus.SuspendedEV)]
    public void States_of_other_versions_and_spellings_are_mapped_and_kept(string status, ChargePointStatus expected)
    {
        var outcome = Read<StatusNotificationRequest>($$"""{"connectorId":1,"errorCode":"NoError","status":"{{status}}"}""");

        outcome.Value.ShouldNotBeNull().Status.ShouldBe(expected);
        outcome.Notes.ShouldHaveSingleItem().ShouldBe(new LeniencyNote(Leniency.EnumAlias, "$.status", status));
    }

    [Fact]
    public void Error_codes_and_reasons_fall_back_to_other()
    {
        Forgiven<StatusNotificationRequest>("""{"connectorId":1,"errorCode":"Error","status":"Faulted"}""", Leniency.EnumAlias).ErrorCode.ShouldBe(ChargePointErrorCode.OtherError);
        Forgiven<StatusNotificationRequest>("""{"connectorId":1,"errorCode":"E-1042","status":"Faulted"}""", Leniency.EnumFallback).ErrorCode.ShouldBe(ChargePointErrorCode.OtherError);
        Forgiven<StopTransactionRequest>(
            """{"transactionId":7,"meterStop":1,"timestamp":"2026-01-01T00:00:00Z","reason":"user pressed the button"}""", Leniency.EnumFallback)
            .Reason.ShouldBe(Reason.Other);
    }

    [Fact]
    public void Long_texts_are_kept_whole()
    {
        var boot = Forgiven<BootNotificationRequest>(
            """{"chargePointVendor":"A vendor with a very long name","chargePointModel":"M","chargePointSerialNumber":"12345678901234567890123456"}""",
            Leniency.OverlongText, Leniency.OverlongText);

        boot.ChargePointSerialNumber.ShouldBe("12345678901234567890123456");
        Read<BootNotificationRequest>("""{"chargePointVendor":"A vendor with a very long name","chargePointModel":"M"}""", Leniency.None)
            .Fault.ShouldNotBeNull().Code.ShouldBe(OcppErrorCode.PropertyConstraintViolation);
    }

    [Theory]
    [InlineData("2026-03-01T12:30:00", "2026-03-01T12:30:00.000", Leniency.TimestampZone)]
    [InlineData("2026-03-01T12:30:00.5", "2026-03-01T12:30:00.500", Leniency.TimestampZone)]
    [InlineData("2026-03-01T12:30:00+03", "2026-03-01T09:30:00.000", Leniency.TimestampZone)]
    [InlineData("2026-03-01T12:30:00-0330", "2026-03-01T16:00:00.000", Leniency.TimestampZone)]
    [InlineData("2026-03-01 12:30:00Z", "2026-03-01T12:30:00.000", Leniency.TimestampForm)]
    [InlineData("2026-03-01 12:30:00", "2026-03-01T12:30:00.000", Leniency.TimestampForm)]
    [InlineData("20260301T123000Z", "2026-03-01T12:30:00.000", Leniency.TimestampForm)]
    [InlineData("1772368200", "2026-03-01T12:30:00.000", Leniency.TimestampForm)]
    [InlineData("1772368200123", "2026-03-01T12:30:00.123", Leniency.TimestampForm)]
    [InlineData("0001-01-01T00:00:00+03:00", "0001-01-01T00:00:00.000", Leniency.TimestampZone)]
    [InlineData("", "0001-01-01T00:00:00.000", Leniency.TimestampUnreadable)]
    [InlineData("yesterday", "0001-01-01T00:00:00.000", Leniency.TimestampUnreadable)]
    [InlineData("2026-13-45T99:00:00Z", "0001-01-01T00:00:00.000", Leniency.TimestampUnreadable)]
    public void Times_in_other_forms_are_read(string text, string utc, Leniency kind)
    {
        var stop = Forgiven<StopTransactionRequest>($$"""{"transactionId":7,"meterStop":1,"timestamp":"{{text}}"}""", kind);

        stop.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff", CultureInfo.InvariantCulture).ShouldBe(utc);
        stop.Timestamp.Offset.ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("2026-03-01T12:30:00Z")]
    [InlineData("2026-03-01T12:30:00.1234567Z")]
    [InlineData("1970-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00Z")]
    public void Times_without_milliseconds_or_of_an_unset_clock_are_no_leniency(string text) =>
        Forgiven<StopTransactionRequest>($$"""{"transactionId":7,"meterStop":1,"timestamp":"{{text}}"}""").Timestamp.ShouldBe(DateTimeOffset.Parse(text, CultureInfo.InvariantCulture));

    [Fact]
    public void Nulls_count_as_absent()
    {
        Forgiven<StopTransactionRequest>("""{"transactionId":7,"idTag":null,"meterStop":1,"timestamp":"2026-01-01T00:00:00Z","reason":null,"transactionData":null}""").IdTag.ShouldBeNull();
        Refused<AuthorizeRequest>("""{"idTag":null}""", OcppErrorCode.OccurenceConstraintViolation, "$.idTag");
    }

    [Fact]
    public void Data_of_any_form_is_kept_as_its_json()
    {
        Forgiven<DataTransferRequest>("""{"vendorId":"V","data":{"a":[1,2]}}""", Leniency.TextFromValue).Data.ShouldBe("""{"a":[1,2]}""");
        Refused<DataTransferRequest>("""{"vendorId":{"a":1}}""", OcppErrorCode.TypeConstraintViolation, "$.vendorId");
    }

    [Fact]
    public void Names_in_another_case_are_found() =>
        Forgiven<AuthorizeRequest>("""{"IDTAG":"A"}""", Leniency.PropertyCase).IdTag.ShouldBe("A");

    [Fact]
    public void Faults_carry_the_code_of_the_standard_and_the_place()
    {
        Refused<AuthorizeRequest>("{}", OcppErrorCode.OccurenceConstraintViolation, "$.idTag");
        Refused<AuthorizeRequest>("""{"idTag":{}}""", OcppErrorCode.TypeConstraintViolation, "$.idTag");
        Refused<AuthorizeRequest>("[]", OcppErrorCode.FormationViolation, "$");
        Refused<AuthorizeRequest>("{\"idTag\":", OcppErrorCode.FormationViolation, "$");
        Refused<StatusNotificationRequest>("""{"connectorId":1,"errorCode":"NoError","status":"Dancing"}""", OcppErrorCode.PropertyConstraintViolation, "$.status");
        Refused<StatusNotificationRequest>("""{"connectorId":"one","errorCode":"NoError","status":"Available"}""", OcppErrorCode.TypeConstraintViolation, "$.connectorId");
        Refused<MeterValuesRequest>("""{"connectorId":1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z"}]}""", OcppErrorCode.OccurenceConstraintViolation, "$.meterValue[0].sampledValue");
        Refused<MeterValuesRequest>("""{"connectorId":1,"meterValue":["x"]}""", OcppErrorCode.TypeConstraintViolation, "$.meterValue[0]");
        Read<AuthorizeRequest>("{}").Fault!.ToException().Code.ShouldBe(OcppErrorCode.OccurenceConstraintViolation);
    }

    [Fact]
    public void Codes_have_another_spelling_in_2_x()
    {
        OcppErrorCode.In2X(OcppErrorCode.FormationViolation).ShouldBe("FormatViolation");
        OcppErrorCode.In2X(OcppErrorCode.OccurenceConstraintViolation).ShouldBe("OccurrenceConstraintViolation");
        OcppErrorCode.In2X(OcppErrorCode.NotSupported).ShouldBe("NotSupported");
    }

    [Fact]
    public void Long_originals_are_cut_in_the_notes() =>
        Read<DataTransferRequest>($$"""{"vendorId":"{{new string('x', 5000)}}"}""").Notes.ShouldHaveSingleItem().Original!.Length.ShouldBe(200);
}
