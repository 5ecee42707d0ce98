using Ladewerk.Eichrecht;

namespace Ladewerk.Receipts;

/// <summary>A reading as the check shows it. Energy in kWh, exactly as signed.</summary>
public sealed record ReadingView(string Kind, DateTimeOffset? At, string Clock, decimal? KWh, string Value, string? Unit, string? Obis, string? Status, string? ErrorFlags);

/// <summary>One checked value.</summary>
public sealed record ValueView(
    string Format, string Signature, IReadOnlyList<string> Reasons, string? TransactionId, string? Context, string? Meter, string? Pagination, string? Curve, string? KeyFingerprint, bool KeyFromValue,
    IReadOnlyList<ReadingView> Readings);

/// <summary>The values of one session, and what they prove.</summary>
public sealed record SessionCheck(
    string? TransactionId, string Signature, bool Billable, decimal? EnergyKWh, IReadOnlyList<string> Reasons, IReadOnlyList<string> Remarks, IReadOnlyList<ValueView> Values);

/// <summary>What a check gives: of the first session at the top, of all in <see cref="Sessions"/>.</summary>
public sealed record CheckView(
    string Format, string Signature, bool Billable, IReadOnlyList<string> Reasons, IReadOnlyList<string> Remarks, decimal? EnergyKWh, IReadOnlyList<ReadingView> Readings, IReadOnlyList<SessionCheck> Sessions, string Verifier);

/// <summary>Checks a file or a single value, as the command line and the API do.</summary>
internal static class VerifyFile
{
    /// <summary>Null where it is no file of signed values.</summary>
    /// <param name="text">A transparency file, a billing file of Mennekes, or one value in any wrapping.</param>
    /// <param name="publicKey">Stands above keys in the file; null: those in the file count.</param>
    public static CheckView? Run(string text, string? publicKey = null, string? format = null)
    {
        var values = TransparencyFile.Read(text) ?? (format is null || string.IsNullOrWhiteSpace(text) ? null : [Envelope.Open(text, null, format)]);
        return values is null ? null : Run(values, publicKey);
    }

    /// <inheritdoc cref="Run(string, string?, string?)"/>
    public static CheckView? Run(byte[] file, string? publicKey = null) => TransparencyFile.Read(file) is { } values ? Run(values, publicKey) : null;

    private static CheckView Run(IReadOnlyList<SignedValue> values, string? publicKey)
    {
        var given = string.IsNullOrWhiteSpace(publicKey) ? values : [.. values.Select(v => v with { PublicKey = publicKey })];
        var sessions = TransparencyFile.Sessions(given).Select(Check).ToList();
        var first = sessions.Count > 0 ? sessions[0] : new SessionCheck(null, Name(SignatureState.Unsupported), false, null, [Reason.NoSignedValues], [], []);
        return new CheckView(
            first.Values.Count > 0 ? first.Values[0].Format : "unknown", Worst(sessions), sessions.Count > 0 && sessions.TrueForAll(s => s.Billable), [.. sessions.SelectMany(s => s.Reasons).Distinct().DefaultIfEmpty().OfType<string>()],
            [.. sessions.SelectMany(s => s.Remarks).Distinct()], sessions.Count == 1 ? first.EnergyKWh : null, [.. first.Values.SelectMany(v => v.Readings)], sessions, Verifier.Version);
    }

    private static SessionCheck Check(IReadOnlyList<SignedValue> values)
    {
        var verified = values.Select(v => Verifier.Verify(v)).ToList();
        var proof = Proof.Of(verified);
        return new SessionCheck(values[0].TransactionId, Name(proof.Signature), proof.IsBillable, proof.EnergyKWh, proof.Reasons, proof.Remarks, [.. verified.Select(View)]);
    }

    private static ValueView View(VerifiedValue value) => new(
        value.Format, Name(value.Signature), value.Reasons, value.Source.TransactionId, value.Source.Context, value.MeterSerial, value.Page?.ToString(), value.Key?.Curve.Name, value.Key?.Fingerprint, value.KeyFromValue,
        [.. value.Readings.Select(r => new ReadingView(Name(r.Kind), r.At, Name(r.Clock), r.KWh, r.ValueText, r.Unit, r.Obis, r.Status, r.ErrorFlags))]);

    private static string Worst(List<SessionCheck> sessions)
    {
        string[] order = [Name(SignatureState.Invalid), Name(SignatureState.UnknownKey), Name(SignatureState.Unsupported), Name(SignatureState.Valid)];
        return order.FirstOrDefault(state => sessions.Exists(s => s.Signature == state)) ?? Name(SignatureState.Unsupported);
    }

    internal static string Name<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
