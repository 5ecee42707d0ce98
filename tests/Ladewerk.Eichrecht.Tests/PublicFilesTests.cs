using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Ladewerk.Eichrecht.Tests;

/// <summary>Every public sample file, against what the S.A.F.E. Transparenzsoftware 1.4.1 says of it.</summary>
public sealed partial class PublicFilesTests
{
    /// <summary>Where we judge otherwise, and why. Nothing else may differ.</summary>
    private static readonly Dictionary<string, string> Differences = new(StringComparer.Ordinal)
    {
        ["test_ocmf_rsa_01.xml#1"] = "Binary OCMF under RSA, of which no device is known: no verifier, not called valid.",
        ["NewEHZXML.xml#1"] = "A 64-byte key on secp256r1 is a good key; theirs takes 48 bytes only in this form. The same meter's SML verifies with both.",
        ["NewEHZXML.xml#2"] = "As above.",
        ["test_mennekes_charging_processes.xml"] = "A charging process without its frame: theirs reads whole billing files only. Both signatures match.",
    };

    /// <summary>Files without a verdict of theirs (they crash on them, or the file came later), and what they must give: one word per value.</summary>
    private static readonly Dictionary<string, SignatureState[]> Ours = new(StringComparer.Ordinal)
    {
        ["valid.pcdf"] = [SignatureState.Valid],
        ["valid2.pcdf"] = [SignatureState.Valid],
        ["BVinvalid.pcdf"] = [SignatureState.Valid], // signed, but marked as not for billing
        ["SPinvalid.pcdf"] = [SignatureState.Valid],
        ["DataInvalid.pcdf"] = [SignatureState.Invalid],
        ["SIGinvalid.pcdf"] = [SignatureState.Invalid],
        ["log4j_test1.xml"] = [SignatureState.Invalid],
        ["log4j_test2.xml"] = [SignatureState.Invalid],
        ["log4j_test3.xml"] = [SignatureState.Invalid],
        ["log4j_test4.xml"] = [SignatureState.Invalid],
        ["20211007-device-with-evt-ocmf-sss-ses.xml"] = [SignatureState.Valid, SignatureState.Valid],
        ["de.xml"] = [SignatureState.Valid],
    };

    private static readonly string? Folder = FindFolder();

    [Fact]
    public void Every_value_is_judged_as_listed()
    {
        SkipWithoutData();
        var wrong = new List<string>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var verdict in Verdicts().Where(v => v.TryGetProperty("value", out _) || !v.TryGetProperty("transaction", out _)))
        {
            var name = verdict.GetProperty("file").GetString()!;
            if (Find(name) is not { } path)
            {
                continue; // a verdict whose file is not among the samples
            }

            var number = verdict.TryGetProperty("value", out var n) ? n.GetInt32() : 0;
            var values = TransparencyFile.Read(File.ReadAllBytes(path));
            var key = number == 0 ? name : $"{name}#{number}";
            var ours = values is not null && (number == 0 ? values.Count > 0 && Verifier.Verify(values[0]).Signature == SignatureState.Valid : Verifier.Verify(values[number - 1]).Signature == SignatureState.Valid);
            if (ours != verdict.GetProperty("verified").GetBoolean() && !(Differences.ContainsKey(key) && used.Add(key)))
            {
                wrong.Add($"{key}: ours {ours}, {string.Join(',', values is null ? ["not read"] : Verifier.Verify(values[Math.Max(0, number - 1)]).Reasons)}");
            }
        }

        wrong.ShouldBeEmpty();
        used.Order().ShouldBe(Differences.Keys.Order());
    }

    [Fact]
    public void The_readings_are_the_same_to_the_tenth_of_a_watt_hour()
    {
        SkipWithoutData();
        var wrong = new List<string>();
        foreach (var verdict in Verdicts().Where(v => v.TryGetProperty("value", out _) && v.GetProperty("verified").GetBoolean()))
        {
            var name = verdict.GetProperty("file").GetString()!;
            var number = verdict.GetProperty("value").GetInt32();
            if (Find(name) is not { } path || Differences.ContainsKey($"{name}#{number}"))
            {
                continue;
            }

            var theirs = verdict.GetProperty("meters").EnumerateArray().Select(m => Math.Round(double.Parse(Value().Match(m.GetString()!).Value, CultureInfo.InvariantCulture), 4)).ToList();
            var value = Verifier.Verify(TransparencyFile.Read(File.ReadAllBytes(path))![number - 1]);
            var ours = value.Readings.Select(r => Math.Round((double)(r.KWh ?? r.Value!.Value), 4)).ToList();
            if (!ours.SequenceEqual(theirs))
            {
                wrong.Add($"{name}#{number}: {string.Join(' ', ours)} is not {string.Join(' ', theirs)}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void What_they_have_no_verdict_on_gives_what_is_listed()
    {
        SkipWithoutData();
        var wrong = new List<string>();
        foreach (var (name, expected) in Ours)
        {
            var states = TransparencyFile.Read(File.ReadAllBytes(Find(name)!))!.Select(v => Verifier.Verify(v).Signature).ToArray();
            if (!states.SequenceEqual(expected))
            {
                wrong.Add($"{name}: {string.Join(' ', states)}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void No_file_is_without_a_verdict_and_none_makes_it_fall()
    {
        SkipWithoutData();
        var judged = Verdicts().Select(v => v.GetProperty("file").GetString()!).Concat(Ours.Keys).ToHashSet(StringComparer.Ordinal);
        var left = new List<string>();
        foreach (var path in Files())
        {
            var values = TransparencyFile.Read(File.ReadAllBytes(path));
            var states = values?.Select(v => Verifier.Verify(v).Signature).Distinct().ToList();
            _ = values is null ? null : Proof.Of(values.Select(v => Verifier.Verify(v)));
            // Long series of one device, and meter dumps: every value of them verifies, or the file is not one of signed values.
            if (!judged.Contains(Path.GetFileName(path)) && states is not (null or [SignatureState.Valid]))
            {
                left.Add($"{Path.GetFileName(path)}: {string.Join(' ', states)}");
            }
        }

        left.ShouldBeEmpty();
    }

    [Fact]
    public void A_changed_byte_in_any_good_sample_is_seen()
    {
        SkipWithoutData();
        var unseen = new List<string>();
        foreach (var name in (string[])["OCMF_Test_Data_00.xml", "brainpoolP256r1.xml", "nistP384_0Wh.xml", "test_ocmf_transaction_two_values.xml", "chargepoint_3.xml", "edl-40-01.xml", "NewEHZSML.xml", "isa-edl-40p-ok.xml", "valid.pcdf"])
        {
            var value = TransparencyFile.Read(File.ReadAllBytes(Find(name)!))![0];
            var key = Verifier.Verify(value).Key;
            var step = Math.Max(1, value.Data.Length / 150);
            for (var at = 0; at < value.Data.Length; at += step)
            {
                var changed = value.Data[at] is >= '0' and <= '9' ? value.Data[at] == '9' ? '8' : '9' : (char)(value.Data[at] ^ 1);
                var data = value.Data[..at] + changed + value.Data[(at + 1)..];
                if (!char.IsWhiteSpace(value.Data[at]) && Verifier.Verify(value with { Data = data }, key).Signature == SignatureState.Valid)
                {
                    unseen.Add($"{name} at {at}: {value.Data[at]} to {changed}");
                }
            }
        }

        unseen.ShouldBeEmpty();
    }

    [Fact]
    public void Written_and_read_again_a_file_says_the_same()
    {
        SkipWithoutData();
        foreach (var path in Files())
        {
            if (TransparencyFile.Read(File.ReadAllBytes(path)) is { Count: > 0 } values && values.All(v => v.Data.Length > 0))
            {
                var again = TransparencyFile.Read(TransparencyFile.Write(values))!;
                again.Select(v => v.Data).ShouldBe(values.Select(v => v.Data));
                again.Select(v => Verifier.Verify(v).Signature).ShouldBe(values.Select(v => Verifier.Verify(v).Signature));
            }
        }
    }

    private static IEnumerable<JsonElement> Verdicts() => File.ReadLines(Path.Combine(Folder!, "safe-verdicts.jsonl")).Select(line => JsonDocument.Parse(line).RootElement);

    private static IEnumerable<string> Files() => Directory.GetFiles(Folder!, "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) != ".jsonl");

    private static string? Find(string name) => Files().FirstOrDefault(f => Path.GetFileName(f) == name);

    private static void SkipWithoutData() => Assert.SkipWhen(Folder is null, "no data");

    private static string? FindFolder()
    {
        var given = Environment.GetEnvironmentVariable("LADEWERK_TEST_DATA");
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Ladewerk.slnx")))
        {
            directory = directory.Parent;
        }

        var folder = Path.Combine(given ?? Path.Combine(directory?.Parent?.FullName ?? "", "shared", "data"), "eichrecht");
        return File.Exists(Path.Combine(folder, "safe-verdicts.jsonl")) ? folder : null;
    }

    [GeneratedRegex(@"^[-\d.E]+", RegexOptions.None, 1000)]
    private static partial Regex Value();
}
