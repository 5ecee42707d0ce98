using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Ladewerk.Eichrecht.Tests;

public sealed class OcmfTests
{
    public static TheoryData<string> Curves => [.. MeterCurve.All.Select(c => c.Name)];

    [Fact]
    public void This_machine_can_do_all_seven_curves() => MeterCurve.SelfTest().ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Curves))]
    public void A_value_verifies_on_every_curve_in_both_encodings_and_with_the_key_in_every_form(string curve)
    {
        using var meter = new SigningMeter(MeterCurve.Named(curve)!);
        byte[] point = [.. meter.Key.Point];
        byte[][] forms = [meter.Key.Spki(), point, [4, .. point]];
        foreach (var form in forms)
        {
            foreach (var text in (string[])[Convert.ToHexString(form), Convert.ToHexStringLower(form), Convert.ToBase64String(form), string.Join(' ', Convert.ToHexString(form).Chunk(4).Select(c => new string(c)))])
            {
                MeterKey.Read(text)!.Fingerprint.ShouldBe(meter.Key.Fingerprint);
            }
        }

        foreach (var base64 in (bool[])[true, false])
        {
            var value = Verifier.Verify(new SignedValue(meter.Ocmf(SigningMeter.Payload(), base64)), meter.Key);
            value.Signature.ShouldBe(SignatureState.Valid);
            var proof = Proof.Of([value]);
            proof.Reasons.ShouldBeEmpty();
            proof.IsBillable.ShouldBeTrue();
            proof.EnergyKWh.ShouldBe(15.434m);
        }
    }

    [Fact]
    public void A_brainpool_curve_may_be_written_with_its_P()
    {
        using var meter = new SigningMeter(MeterCurve.Brainpool256r1);
        Verifier.Verify(new SignedValue(meter.Ocmf(SigningMeter.Payload(), algorithm: "ECDSA-brainpoolP256r1-SHA256")), meter.Key).Signature.ShouldBe(SignatureState.Valid);
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void One_changed_byte_of_payload_or_signature_is_never_valid(string curve)
    {
        using var meter = new SigningMeter(MeterCurve.Named(curve)!);
        var text = meter.Ocmf(SigningMeter.Payload());
        var bytes = Encoding.ASCII.GetBytes(text);
        var random = new System.Random(20260701);
        for (var at = 0; at < bytes.Length; at++)
        {
            var changed = (byte[])bytes.Clone();
            changed[at] ^= at % 3 == 0 ? (byte)(1 << random.Next(8)) : (byte)random.Next(1, 256);
            var damaged = Encoding.Latin1.GetString(changed);
            Verifier.Verify(new SignedValue(damaged), meter.Key).Signature.ShouldNotBe(SignatureState.Valid, $"byte {at} of {text}: {damaged}");
        }
    }

    [Fact]
    public void Whatever_comes_in_the_reader_gives_a_result_and_calls_nothing_valid_but_what_was_signed()
    {
        using var meter = new SigningMeter(MeterCurve.Secp256r1);
        var good = meter.Ocmf(SigningMeter.Payload());
        var signed = good[..(good.LastIndexOf('|') + 1)]; // what says how it was signed may go where the default says the same
        string[] pieces = ["|", "OCMF|", "{", "}", "\"", "\\", "${jndi:ldap://x/a}", "<script>", "\0", "]", "null", "1e999", "ü", "||", "AP;0;3;", "1b1b1b1b01010101", "<values>", "<!DOCTYPE a [<!ENTITY b \"c\">]>", "128.8.0(RV:1)(SG:00)"];
        var damaged = (from at in Gen.Choose(0, good.Length - 1) from length in Gen.Choose(0, 40) from piece in Gen.Elements(pieces) select good[..at] + piece + good[Math.Min(good.Length, at + length)..]).ToArbitrary();
        Prop.ForAll(damaged, text =>
        {
            var opened = Envelope.Open(text);
            _ = TransparencyFile.Read(text);
            var value = Verifier.Verify(opened, meter.Key);
            _ = Proof.Of([value]);
            return value.Signature != SignatureState.Valid || text.StartsWith(signed, StringComparison.Ordinal);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void The_signed_bytes_are_the_text_as_received()
    {
        using var meter = new SigningMeter(MeterCurve.Secp256r1);
        var payload = SigningMeter.Payload().Replace(":", " :  ", StringComparison.Ordinal).Replace("1234.567", "\"   1234.5670\"", StringComparison.Ordinal).Replace("2026-07-01T10 :  00 :  00", "2026-07-01T10:00:00", StringComparison.Ordinal)
            .Replace("2026-07-01T11 :  00 :  00", "2026-07-01T11:00:00", StringComparison.Ordinal).Replace("1-0 :  1.8.0", "1-0:1.8.0", StringComparison.Ordinal);
        var value = Verifier.Verify(new SignedValue(meter.Ocmf(payload)), meter.Key);
        value.Signature.ShouldBe(SignatureState.Valid);
        value.Readings[0].ValueText.ShouldBe("1234.5670");
        value.Readings[1].ValueText.ShouldBe("1250.001");
    }

    [Fact]
    public void A_reading_inherits_what_it_leaves_out()
    {
        using var meter = new SigningMeter(MeterCurve.Secp256r1);
        var readings = """{"TM":"2026-07-01T10:00:00,000+0200 R","TX":"B","RV":57.584,"RI":"1-0:1.8.0","RU":"kWh","RT":"DC","EF":"","ST":"G"},{"RV":4.405,"RI":"1-0:2.8.0"},{"TM":"2026-07-01T10:10:00,000+0200 R","TX":"E","RV":58.685,"RI":"1-0:1.8.0"},{"RV":4.405,"RI":"1-0:2.8.0"}""";
        var value = Verifier.Verify(meter.Value(SigningMeter.Payload(readings: readings)), meter.Key);
        value.Readings.Select(r => (r.Kind, r.Status, r.Clock, r.Current)).ShouldBe([
            (ReadingKind.Begin, "G", ClockState.Relative, "DC"), (ReadingKind.Begin, "G", ClockState.Relative, "DC"), (ReadingKind.End, "G", ClockState.Relative, "DC"), (ReadingKind.End, "G", ClockState.Relative, "DC")]);
        var proof = Proof.Of([value]);
        proof.Reasons.ShouldBeEmpty();
        proof.EnergyKWh.ShouldBe(1.101m);
    }

    [Fact]
    public void The_curve_of_the_key_and_of_the_signature_must_agree()
    {
        using var meter = new SigningMeter(MeterCurve.Secp256r1);
        Verifier.Verify(new SignedValue(meter.Ocmf(SigningMeter.Payload(), algorithm: "ECDSA-secp256k1-SHA256")), meter.Key).Reasons.ShouldBe([Reason.CurveMismatch]);
        Verifier.Verify(new SignedValue(meter.Ocmf(SigningMeter.Payload(), algorithm: "RSA-2048-SHA256")), meter.Key).Reasons.ShouldBe([Reason.Algorithm]);
        Verifier.Verify(new SignedValue(meter.Ocmf(SigningMeter.Payload()))).Signature.ShouldBe(SignatureState.UnknownKey);
        using var other = new SigningMeter(MeterCurve.Secp256r1);
        Verifier.Verify(new SignedValue(meter.Ocmf(SigningMeter.Payload())), other.Key).Reasons.ShouldBe([Reason.Signature]);
    }

    [Fact]
    public void Raw_signatures_and_values_that_were_merely_joined_are_invalid()
    {
        using var meter = new SigningMeter(MeterCurve.Secp256r1);
        var payload = SigningMeter.Payload();
        var raw = Convert.ToHexStringLower(SigningMeter.Concatenated(meter.Der(Encoding.UTF8.GetBytes(payload))));
        Verifier.Verify(new SignedValue($$"""OCMF|{{payload}}|{"SD":"{{raw}}"}"""), meter.Key).Reasons.ShouldBe([Reason.SignatureForm]);
        Verifier.Verify(new SignedValue(meter.Ocmf(payload) + "||" + meter.Ocmf(payload)), meter.Key).Signature.ShouldBe(SignatureState.Invalid);
        Verifier.Verify(new SignedValue(meter.Ocmf(payload) + "|" + Convert.ToHexString(meter.Key.Spki()))).Signature.ShouldBe(SignatureState.Valid);
    }

    [Fact]
    public void Version_1_4_verifies_and_says_that_the_published_software_refuses_it()
    {
        using var meter = new SigningMeter(MeterCurve.Secp256r1);
        var value = Verifier.Verify(meter.Value(SigningMeter.Payload("1.4")), meter.Key);
        value.Signature.ShouldBe(SignatureState.Valid);
        value.Remarks.ShouldContain(Remark.NewerThanTransparencySoftware);
        Proof.Of([value]).IsBillable.ShouldBeTrue();
    }

    [Fact]
    public void Loss_compensation_is_read_and_must_begin_at_zero()
    {
        using var meter = new SigningMeter(MeterCurve.Secp256r1);
        string Losing(string first) => SigningMeter.Payload(
            more: ""","LC":{"LN":"Cable 5m","LI":2,"LR":4.5,"LU":"mOhm"}""",
            readings: $$"""{"TM":"2026-07-01T10:00:00,000+0200 S","TX":"B","RV":0.0,"RI":"01-00:B3.08.00*FF","RU":"kWh","CL":{{first}},"EF":"","ST":"G"},{"TM":"2026-07-01T11:00:00,000+0200 S","TX":"E","RV":9.8,"CL":0.21}""");
        var good = Verifier.Verify(meter.Value(Losing("0")), meter.Key);
        good.Loss.ShouldBe(new LossCompensation("Cable 5m", "2", 4.5m, "mOhm"));
        good.Readings[1].CumulatedLoss.ShouldBe(0.21m);
        Proof.Of([good]).IsBillable.ShouldBeTrue();
        Proof.Of([Verifier.Verify(meter.Value(Losing("0.1")), meter.Key)]).Reasons.ShouldBe([Reason.LossNotReset]);
    }

    [Fact]
    public void Verified_is_not_billable()
    {
        using var meter = new SigningMeter(MeterCurve.Secp256r1);
        string[] Judge(params string[] payloads) => [.. Proof.Of(payloads.Select(p => Verifier.Verify(meter.Value(p), meter.Key))).Reasons];
        string Both(string begin, string end) => SigningMeter.Payload(readings: begin + "," + end);
        var (b, e) = (SigningMeter.Reading("B", "10"), SigningMeter.Reading("E", "11", "11:00:00"));

        Judge(Both(b, e)).ShouldBeEmpty();
        Judge(SigningMeter.Payload(readings: b)).ShouldBe([Reason.EndMissing]);
        Judge(SigningMeter.Payload(readings: e)).ShouldBe([Reason.BeginMissing]);
        Judge(Both(b, SigningMeter.Reading("E", "9.9", "11:00:00"))).ShouldBe([Reason.NegativeEnergy]);
        Judge(Both(b, SigningMeter.Reading("E", "11", "09:00:00"))).ShouldBe([Reason.TimeBackwards]);
        Judge(Both(SigningMeter.Reading("B", "10", status: "E"), e)).ShouldBe([Reason.StatusNotGood]);
        Judge(Both(b, SigningMeter.Reading("E", "11", "11:00:00", flags: "E"))).ShouldBe([Reason.ErrorFlags]);
        Judge(Both(SigningMeter.Reading("B", "10", clock: "R"), e)).ShouldBe([Reason.RelativeTime]);
        Judge(Both(SigningMeter.Reading("B", "10", obis: "1-0:99.8.0"), SigningMeter.Reading("E", "11", "11:00:00", obis: "1-0:99.8.0"))).ShouldContain(Reason.RegisterUnknown);
        Judge(Both(b, e).Replace("VERIFIED", "MISMATCH", StringComparison.Ordinal)).ShouldBe([Reason.IdentificationLevel]);
        Judge(SigningMeter.Payload(page: 5, readings: b), SigningMeter.Payload(page: 6, readings: e)).ShouldBeEmpty();
        Judge(SigningMeter.Payload(page: 5, readings: b), SigningMeter.Payload(page: 7, readings: e)).ShouldBe([Reason.PaginationGap]);
        Judge(SigningMeter.Payload(page: 5, readings: b), SigningMeter.Payload(page: 6, readings: e, serial: "M2")).ShouldBe([Reason.MeterDiffers]);
        var begin = Verifier.Verify(meter.Value(SigningMeter.Payload(page: 5, readings: b)), meter.Key);
        Proof.Of([Verifier.Verify(meter.Value(SigningMeter.Payload(page: 6, readings: e)), meter.Key), begin, begin]).IsBillable.ShouldBeTrue(); // out of order, and one twice
        Judge().ShouldBe([Reason.NoSignedValues]);
    }

    [Fact]
    public void Two_keys_in_one_session_are_not_billable()
    {
        using var meter = new SigningMeter(MeterCurve.Secp256r1);
        using var other = new SigningMeter(MeterCurve.Secp256r1);
        var begin = Verifier.Verify(meter.Value(SigningMeter.Payload(page: 1, readings: SigningMeter.Reading("B", "1"))), meter.Key);
        var end = Verifier.Verify(other.Value(SigningMeter.Payload(page: 2, readings: SigningMeter.Reading("E", "2", "11:00:00"))), other.Key);
        Proof.Of([begin, end]).Reasons.ShouldBe([Reason.KeyDiffers]);
    }

    [Fact]
    public void An_alfen_value_verifies_with_its_compressed_key()
    {
        using var meter = new SigningMeter(MeterCurve.Secp192r1);
        byte[] compressed = [(byte)(2 + (meter.Key.Point[47] & 1)), .. meter.Key.Point[..24]];
        string Text(int type, uint at, long wattHours, uint page)
        {
            var data = new byte[82];
            BitConverter.GetBytes(at).CopyTo(data, 34);
            byte[] register = [1, 0, 1, 8, 0, 255, 30, 0];
            register.CopyTo(data, 38);
            BitConverter.GetBytes(wattHours).CopyTo(data, 46);
            BitConverter.GetBytes(page).CopyTo(data, 78);
            return $"AP;{type};3;{Base32(compressed)};{Base32(data)};{Base32(meter.Raw(data))};";
        }

        var begin = Verifier.Verify(new SignedValue(Text(0, 1_700_000_000, 5000, 7)));
        var end = Verifier.Verify(new SignedValue(Text(1, 1_700_003_600, 12_345, 8)));
        begin.Key!.Fingerprint.ShouldBe(meter.Key.Fingerprint);
        var proof = Proof.Of([begin, end]);
        proof.Reasons.ShouldBeEmpty();
        proof.EnergyKWh.ShouldBe(7.345m);
        using var other = new SigningMeter(MeterCurve.Secp192r1);
        Verifier.Verify(new SignedValue(Text(0, 1, 1, 1)), other.Key).Reasons.ShouldBe([Reason.KeyDiffers]);
    }

    [Fact]
    public void An_envelope_gives_the_text_that_was_signed()
    {
        using var meter = new SigningMeter(MeterCurve.Secp256k1);
        var text = meter.Ocmf(SigningMeter.Payload());
        var bytes = Encoding.UTF8.GetBytes(text);
        var key = Convert.ToHexString(meter.Key.Spki());
        foreach (var sent in (string[])[text, " " + text + "\n", Convert.ToHexString(bytes), Convert.ToHexStringLower(bytes), Convert.ToBase64String(bytes)])
        {
            Envelope.Open(sent, "Transaction.End").ShouldBe(new SignedValue(text, "OCMF", "plain", Context: "Transaction.End"));
        }

        var wrapped = Envelope.Open($$"""{"signedMeterData":"{{Convert.ToBase64String(bytes)}}","signingMethod":"","encodingMethod":"OCMF","publicKey":"{{key}}"}""");
        (wrapped.Data, wrapped.PublicKey).ShouldBe((text, key));
        Verifier.Verify(wrapped).Signature.ShouldBe(SignatureState.Valid);
        Envelope.Open("something of a vendor", null, "VENDOR").ShouldBe(new SignedValue("something of a vendor", "VENDOR", "plain"));
        Verifier.Verify(Envelope.Open("something of a vendor")).Signature.ShouldBe(SignatureState.Unsupported);
    }

    [Fact]
    public void Sessions_of_a_file_go_by_their_transaction()
    {
        SignedValue[] values = [new("a", TransactionId: "1"), new("b", TransactionId: "2"), new("c", TransactionId: "1"), new("d"), new("e")];
        TransparencyFile.Sessions(values).Select(s => string.Concat(s.Select(v => v.Data))).ShouldBe(["ac", "b", "d", "e"]);
        TransparencyFile.Read("""<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><values><value><signedData>&y;</signedData></value></values>""").ShouldBeNull();
    }

    [Fact]
    public void A_hostile_text_travels_through_a_file_unchanged()
    {
        var hostile = "OCMF|{\"ID\":\"<script>alert(1)</script> ${jndi:ldap://x/a} & \\u0000 ]]>\"}|{}";
        var file = TransparencyFile.Write([new SignedValue(hostile, "OCMF", TransactionId: "\"><x y=\"", PublicKey: "<b>")]);
        var again = TransparencyFile.Read(file)!.ShouldHaveSingleItem();
        (again.Data, again.TransactionId, again.PublicKey).ShouldBe((hostile, "\"><x y=\"", "<b>"));
    }

    private static string Base32(byte[] bytes)
    {
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var bits = string.Concat(bytes.Select(b => b.ToString("b8", System.Globalization.CultureInfo.InvariantCulture)));
        return string.Concat(bits.PadRight((bits.Length + 4) / 5 * 5, '0').Chunk(5).Select(group => Letters[Convert.ToInt32(new string(group), 2)]));
    }
}
