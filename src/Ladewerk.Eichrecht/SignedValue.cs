namespace Ladewerk.Eichrecht;

/// <summary>One signed value as it travels: the text that the meter signed, and what came with it.</summary>
/// <param name="Data">The signed data, byte for byte; without white space around it.</param>
/// <param name="Format">As the sender names it (OCMF, ALFEN, SML_EDL40_P ...); null where it does not.</param>
/// <param name="Encoding">plain, hex or base64: how <paramref name="Data"/> is written; null for plain.</param>
/// <param name="TransactionId">Groups the values of a session.</param>
/// <param name="Context">Transaction.Begin, Transaction.End ...</param>
/// <param name="PublicKey">As it came.</param>
/// <param name="PublicKeyEncoding">hex, base64 ...; for the file only, keys are recognised by themselves.</param>
public sealed record SignedValue(
    string Data, string? Format = null, string? Encoding = null, string? TransactionId = null, string? Context = null, string? PublicKey = null, string? PublicKeyEncoding = null);

/// <summary>What the check of a signature gave.</summary>
public enum SignatureState
{
    /// <summary>The meter signed exactly these bytes.</summary>
    Valid,

    /// <summary>It did not, or nothing says that it did.</summary>
    Invalid,

    /// <summary>No public key is known.</summary>
    UnknownKey,

    /// <summary>There is no verifier for this format; it is kept and exported all the same.</summary>
    Unsupported,
}

/// <summary>What a reading stands for within a transaction.</summary>
public enum ReadingKind
{
    /// <summary>Not said.</summary>
    Unknown,
    Begin,

    /// <summary>While charging; also tariff change, suspension, exception.</summary>
    Between,
    End,
}

/// <summary>How far the time of a reading can be trusted. OCMF, table "time synchronisation".</summary>
public enum ClockState
{
    /// <summary>U, or not said: the clock was never set.</summary>
    Unknown,

    /// <summary>I: good enough to read, not calibrated.</summary>
    Informative,

    /// <summary>S: set from a trusted source.</summary>
    Synchronised,

    /// <summary>R: seconds since a beginning, calibrated as a duration.</summary>
    Relative,
}

/// <summary>Where a record stands in its meter's book: each next one is one higher.</summary>
/// <param name="Book">T for transactions, F for fiscal; as the meter says.</param>
public readonly record struct Pagination(string Book, long Number)
{
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Book}{Number}");
}

/// <summary>Who charged, as the meter signed it.</summary>
/// <param name="IsAssigned">Whether somebody was identified at all (IS).</param>
/// <param name="Level">How sure (IL): VERIFIED, HEARSAY, MISMATCH ...</param>
/// <param name="Flags">How (IF).</param>
/// <param name="Type">What kind of id (IT): ISO14443, EMAID ...</param>
/// <param name="Id">The id (ID).</param>
public sealed record Identification(bool? IsAssigned, string? Level, IReadOnlyList<string> Flags, string? Type, string? Id);

/// <summary>What the meter adds or takes off for the cable behind it.</summary>
/// <param name="Name">LN.</param>
/// <param name="Id">LI.</param>
/// <param name="Resistance">LR.</param>
/// <param name="Unit">LU.</param>
public sealed record LossCompensation(string? Name, string? Id, decimal? Resistance, string? Unit);

/// <summary>One reading of a register.</summary>
public sealed record MeterReading
{
    public ReadingKind Kind { get; init; }

    /// <summary>The letter that the meter wrote (B, C, X, E, L, R, A, P, S, T), where it wrote one.</summary>
    public string? KindText { get; init; }

    /// <summary>Null where it is no point in time.</summary>
    public DateTimeOffset? At { get; init; }
    public ClockState Clock { get; init; }

    /// <summary>Null where the text is no number.</summary>
    public decimal? Value { get; init; }

    /// <summary>The number as it was written.</summary>
    public string ValueText { get; init; } = "";

    /// <summary>kWh or Wh; others are not energy.</summary>
    public string? Unit { get; init; }

    /// <summary>OBIS code of the register as written.</summary>
    public string? Obis { get; init; }

    /// <summary>AC or DC.</summary>
    public string? Current { get; init; }

    /// <summary>Energy lost in the cable since the beginning, where it is compensated.</summary>
    public decimal? CumulatedLoss { get; init; }

    /// <summary>E: energy, t: time; empty is good.</summary>
    public string? ErrorFlags { get; init; }

    /// <summary>G is good; anything else is not billed.</summary>
    public string? Status { get; init; }

    /// <summary>The value in kWh, exactly; null where the unit is not energy.</summary>
    public decimal? KWh => Unit switch
    {
        "kWh" => Value,
        "Wh" => Value / 1000m,
        _ => null,
    };
}

/// <summary>A signed value, read and checked.</summary>
public sealed record VerifiedValue
{
    /// <summary>What was checked.</summary>
    public required SignedValue Source { get; init; }

    /// <summary>OCMF, Alfen, EDL40, ISA-EDL40, Mennekes, PCDF or unknown.</summary>
    public required string Format { get; init; }
    public required SignatureState Signature { get; init; }

    /// <summary>Why the signature is not valid, see <see cref="Reason"/>.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>What is worth saying besides, see <see cref="Remark"/>.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The key that was used.</summary>
    public MeterKey? Key { get; init; }

    /// <summary>The key was not given but stood in the value itself: it proves nothing about whose meter it is.</summary>
    public bool KeyFromValue { get; init; }
    public string? FormatVersion { get; init; }
    public string? GatewaySerial { get; init; }
    public string? MeterVendor { get; init; }
    public string? MeterModel { get; init; }
    public string? MeterSerial { get; init; }
    public string? MeterFirmware { get; init; }
    public Pagination? Page { get; init; }
    public Identification? Identification { get; init; }
    public string? ChargePoint { get; init; }

    /// <summary>The tariff as the meter showed and signed it (TT).</summary>
    public string? TariffText { get; init; }
    public LossCompensation? Loss { get; init; }
    public IReadOnlyList<MeterReading> Readings { get; init; } = [];
}

/// <summary>Stable words for why something is not proven.</summary>
public static class Reason
{
    public const string Malformed = "malformed";
    public const string Signature = "signatureDoesNotMatch";
    public const string SignatureForm = "signatureMalformed";
    public const string CurveMismatch = "curveMismatch";
    public const string Algorithm = "algorithmUnknown";
    public const string KeyUnreadable = "keyUnreadable";
    public const string NoKey = "noKey";
    public const string Encoding = "encodingUnknown";
    public const string NoVerifier = "noVerifier";
    public const string Empty = "empty";
    public const string Checksum = "checksumWrong";
    public const string NoSignedValues = "noSignedValues";
    public const string BeginMissing = "beginMissing";
    public const string EndMissing = "endMissing";
    public const string BeginDiffers = "beginDiffers";
    public const string NegativeEnergy = "energyNegative";
    public const string TimeBackwards = "timeBackwards";
    public const string TimeMissing = "timeMissing";
    public const string StatusNotGood = "statusNotGood";
    public const string ErrorFlags = "errorFlags";
    public const string IdentificationLevel = "identificationLevel";
    public const string IdentificationDiffers = "identificationDiffers";
    public const string MeterDiffers = "meterDiffers";
    public const string KeyDiffers = "keyDiffers";
    public const string PaginationGap = "paginationGap";
    public const string RegisterUnknown = "registerUnknown";
    public const string UnitUnknown = "unitUnknown";
    public const string RelativeTime = "relativeTime";
    public const string LossNotReset = "lossNotReset";
    public const string NotForBilling = "notForBilling";
}

/// <summary>Stable words for what is worth knowing of a value that may well be proven.</summary>
public static class Remark
{
    /// <summary>The published Transparenzsoftware 1.4.1 refuses format versions from 1.4 on.</summary>
    public const string NewerThanTransparencySoftware = "newerThanTransparencySoftware";

    /// <summary>The clock was not set when this was read.</summary>
    public const string ClockNotSet = "clockNotSet";

    /// <summary>The meter does not number its records.</summary>
    public const string NoPagination = "noPagination";

    /// <summary>The key stood in the value itself.</summary>
    public const string KeyFromValue = "keyFromValue";
}
