using System.Security.Cryptography;
using System.Text;
using Ladewerk.Eichrecht;

namespace Ladewerk.Receipts;

/// <summary>A stored value.</summary>
/// <param name="IsReplayed">The same bytes stand under another session of the installation.</param>
internal sealed record StoredValue(Guid Id, string Raw, byte[] Sha256, string? Context, string? Format, DateTimeOffset ReceivedAt, string Message, bool IsReplayed)
{
    /// <summary>Whether the bytes are still those that came.</summary>
    public bool IsIntact => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(Raw)), Sha256);
}

/// <summary>A key of the registry.</summary>
internal sealed record KnownKey(MeterKey Key, KeyState State, KeySource Source, DateTimeOffset? ValidFrom, DateTimeOffset? ValidUntil)
{
    public bool Holds(DateTimeOffset at) => (ValidFrom is null || at >= ValidFrom) && (ValidUntil is null || at < ValidUntil);
}

/// <summary>Everything on which a session's proof depends.</summary>
/// <param name="TransactionId">Our number, for the transparency file.</param>
/// <param name="Serial">Of the meter in the registry; null: not entered.</param>
internal sealed record Evidence(
    long TransactionId, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, IReadOnlyList<StoredValue> Values, IReadOnlyList<KnownKey> Keys, BillingRule? Rule, string? Serial);

/// <summary>What the evidence of a session proves. Pure: the same evidence gives the same judgement, today and in ten years.</summary>
public sealed record Judgement
{
    /// <summary>How far a meter's clock may be off the session's times. A clock that was never set is not held against the session.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(30);

    public required Proof Proof { get; init; }
    public required Verdict Verdict { get; init; }
    public required BillingRule Rule { get; init; }
    public required bool IsBillable { get; init; }
    public required IReadOnlyList<string> Reasons { get; init; }
    public required IReadOnlyList<VerifiedValue> Values { get; init; }

    /// <summary>Keys that came with the values.</summary>
    public required IReadOnlyList<MeterKey> Seen { get; init; }

    /// <summary>The key that was used; null where none was.</summary>
    public MeterKey? Key { get; init; }
    public bool IsKeyApproved { get; init; }

    /// <summary>Whether the session must not be billed before a person has looked.</summary>
    public bool Holds => Rule == BillingRule.RequireProof && !IsBillable;

    internal static Judgement Of(Evidence evidence)
    {
        var opened = evidence.Values.Select(v => Envelope.Open(v.Raw, v.Context, v.Format) with { TransactionId = Text(evidence.TransactionId) }).ToList();
        var seen = opened.Select(v => v.PublicKey is null ? null : MeterKey.Read(v.PublicKey)).OfType<MeterKey>().DistinctBy(k => k.Fingerprint).ToList();
        var approved = evidence.Keys.Where(k => k.State == KeyState.Approved && k.Holds(evidence.StartedAt)).Select(k => k.Key).ToList();
        var candidates = approved.Count > 0 ? approved : [.. seen, .. evidence.Keys.Where(k => k.State is KeyState.Proposed).Select(k => k.Key)];
        var values = opened.Select((value, i) => evidence.Values[i].IsIntact ? Verify(value, candidates) : Broken(value)).ToList();
        var proof = Proof.Of(values);
        var used = values.Select(v => v.Key).FirstOrDefault(k => k is not null);
        var isApproved = used is not null && approved.Exists(k => k.Fingerprint == used.Fingerprint);
        var reasons = proof.Reasons.Concat(values.Count == 0 ? [] : Further(evidence, values, proof, isApproved)).Distinct().ToList();
        return new Judgement
        {
            Proof = proof,
            Verdict = values.Count == 0 ? Verdict.None : proof.Signature switch
            {
                SignatureState.Valid => reasons.Count == 0 ? Verdict.Verified : Verdict.NotVerified,
                SignatureState.Invalid => Verdict.NotVerified,
                SignatureState.UnknownKey => Verdict.UnknownKey,
                SignatureState.Unsupported => Verdict.Unsupported,
                _ => throw new ArgumentOutOfRangeException(nameof(evidence), proof.Signature, "No such state."),
            },
            Rule = evidence.Rule ?? (values.Count > 0 ? BillingRule.Warn : BillingRule.NotApplicable),
            IsBillable = values.Count > 0 && proof.IsBillable && reasons.Count == 0,
            Reasons = reasons,
            Values = values,
            Seen = seen,
            Key = used,
            IsKeyApproved = isApproved,
        };
    }

    private static IEnumerable<string> Further(Evidence evidence, List<VerifiedValue> values, Proof proof, bool isApproved)
    {
        if (proof.Signature == SignatureState.Valid && !isApproved)
        {
            yield return ReceiptReason.KeyNotApproved;
        }

        if (evidence.Values.Any(v => v.IsReplayed))
        {
            yield return ReceiptReason.Replayed;
        }

        if (evidence.Serial is { Length: > 0 } serial && values.Exists(v => v.MeterSerial is { } own && !string.Equals(own, serial, StringComparison.OrdinalIgnoreCase)))
        {
            yield return Reason.MeterDiffers;
        }

        if (IsElsewhere(proof.Start, evidence.StartedAt) || (evidence.EndedAt is { } end && IsElsewhere(proof.Stop, end)))
        {
            yield return ReceiptReason.OtherTime;
        }
    }

    private static bool IsElsewhere(MeterReading? reading, DateTimeOffset at) =>
        reading is { At: { } read, Clock: not ClockState.Unknown } && (read - at).Duration() > ClockTolerance && read.Year > 2000;

    private static VerifiedValue Verify(SignedValue value, List<MeterKey> keys)
    {
        VerifiedValue? first = null;
        foreach (var key in keys)
        {
            var verified = Verifier.Verify(value, key);
            if (verified.Signature == SignatureState.Valid)
            {
                return verified;
            }

            first ??= verified;
        }

        return first ?? Verifier.Verify(value);
    }

    private static VerifiedValue Broken(SignedValue value) => Verifier.Verify(value) with { Signature = SignatureState.Invalid, Reasons = [ReceiptReason.StoredBytesChanged] };

    private static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Stable words beside those of <see cref="Reason"/>.</summary>
internal static class ReceiptReason
{
    /// <summary>The session's review reason: it may not be billed without proof, and there is none.</summary>
    public const string NotProven = "notProven";

    /// <summary>The bytes are not those that came.</summary>
    public const string StoredBytesChanged = "storedBytesChanged";

    /// <summary>The signature matches a key that nobody has approved.</summary>
    public const string KeyNotApproved = "keyNotApproved";

    /// <summary>The same value was sent for another session.</summary>
    public const string Replayed = "replayed";

    /// <summary>The meter's times are not the session's.</summary>
    public const string OtherTime = "otherTime";
}
