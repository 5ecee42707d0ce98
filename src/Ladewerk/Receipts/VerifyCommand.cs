using System.Globalization;
using System.Text;
using Ladewerk.Eichrecht;
using Ladewerk.Kernel.Text;

namespace Ladewerk.Receipts;

/// <summary><c>ladewerk verify FILE...</c>: checks files of signed meter values. Starts no server and needs no database.</summary>
internal static class VerifyCommand
{
    private const string Name = "verify";
    private const long Longest = 64 << 20;

    /// <summary>Whether the program was called for this.</summary>
    public static bool IsAsked(string[] args) => args is [Name, ..];

    /// <summary>Checks each file and says what it found.</summary>
    /// <returns>0: everything is proven; 1: something is not; 2: called wrongly, or a file cannot be read.</returns>
    public static async Task<int> Run(string[] args, TextWriter output, CancellationToken ct)
    {
        var language = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "de" ? "de" : "en";
        string? key = null;
        List<string> files = [];
        for (var i = 1; i < args.Length; i++)
        {
            if (args[i] == "--key" && i + 1 < args.Length)
            {
                key = args[++i];
                continue;
            }

            files.Add(args[i]);
        }

        if (files.Count == 0 || files.Exists(f => f.StartsWith("--", StringComparison.Ordinal)))
        {
            await output.WriteLineAsync(Texts.In(language, "receipts.verify.usage"));
            return 2;
        }

        var worst = MeterCurve.SelfTest() is { Count: > 0 } missing ? Say(output, language, "receipts.verify.curves", 0, string.Join(", ", missing.Select(c => c.Name))) : 0;
        foreach (var file in files)
        {
            worst = Math.Max(worst, await Check(file, key, language, output, ct));
        }

        return worst;
    }

    private static async Task<int> Check(string file, string? key, string language, TextWriter output, CancellationToken ct)
    {
        CheckView? found;
        try
        {
            if (new FileInfo(file).Length > Longest)
            {
                return Say(output, language, "receipts.verify.unreadable", 2, Plain(file));
            }

            found = VerifyFile.Run(await File.ReadAllBytesAsync(file, ct), key);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Say(output, language, "receipts.verify.unreadable", 2, Plain(file));
        }

        if (found is null || found.Sessions.Count == 0)
        {
            return Say(output, language, "receipts.verify.noValues", 2, Plain(file));
        }

        var isProven = true;
        foreach (var session in found.Sessions)
        {
            isProven &= session.Billable;
            await output.WriteLineAsync(Describe(file, session, language));
        }

        return isProven ? 0 : 1;
    }

    private static string Describe(string file, SessionCheck session, string language)
    {
        var text = new StringBuilder();
        var verdict = session.Billable ? "proven" : session.Signature == "valid" ? "signed" : session.Signature;
        text.Append(Plain(file)).Append(session.TransactionId is { } id ? " #" + Plain(id) : "").Append(": ").AppendLine(Texts.In(language, "receipts.verify." + verdict));
        foreach (var value in session.Values)
        {
            foreach (var reading in value.Readings)
            {
                text.Append("  ").Append(reading.At?.ToString("yyyy-MM-dd HH:mm:sszzz", CultureInfo.InvariantCulture) ?? "-").Append("  ").Append(Plain(reading.Value)).Append(' ').Append(Plain(reading.Unit ?? ""))
                    .Append("  ").Append(Plain(reading.Obis ?? "")).Append("  ").AppendLine(reading.Kind);
            }

            if (value.KeyFingerprint is { } fingerprint)
            {
                text.Append("  ").Append(value.Format).Append(", ").Append(value.Curve).Append(", ").AppendLine(fingerprint);
            }
        }

        if (session.EnergyKWh is { } energy)
        {
            text.Append("  ").Append(energy.ToString(CultureInfo.InvariantCulture)).AppendLine(" kWh");
        }

        foreach (var reason in session.Reasons)
        {
            text.Append("  - ").AppendLine(Texts.In(language, "receipts.reason." + reason));
        }

        foreach (var remark in session.Remarks)
        {
            text.Append("  * ").AppendLine(Texts.In(language, "receipts.remark." + remark));
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>What others wrote moves no terminal.</summary>
    private static string Plain(string text) => string.Concat(text.Take(200).Select(c => char.IsControl(c) ? '?' : c));

    private static int Say(TextWriter output, string language, string key, int code, params object?[] arguments)
    {
        output.WriteLine(Texts.In(language, key, arguments));
        return code;
    }
}
