using System.Globalization;
using Ladewerk.DriverApp;
using Ladewerk.Eichrecht;
using Ladewerk.Kernel.Text;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Receipts.App;

/// <summary>What a receipt shows, judged at this moment from the stored bytes.</summary>
public sealed record ReceiptModel(OperatorLook Look, string? Token, ChargingSession Session, PlaceFacts Place, Judgement Judged, Cost? Cost, TimeZoneInfo Zone, int FileBytes, string? VatId)
{
    private static readonly HashSet<string> BookReasons = new(StringComparer.Ordinal)
    {
        Reason.PaginationGap, Reason.StatusNotGood, Reason.ErrorFlags, Reason.BeginMissing, Reason.EndMissing, Reason.BeginDiffers, Reason.NegativeEnergy, Reason.TimeBackwards, Reason.TimeMissing, Reason.MeterDiffers,
        Reason.IdentificationDiffers, Reason.IdentificationLevel, Reason.RegisterUnknown, Reason.UnitUnknown, Reason.RelativeTime, Reason.LossNotReset, ReceiptReason.Replayed, ReceiptReason.OtherTime,
    };

    public Proof Proof => Judged.Proof;

    public bool IsWaiting => Session.NeedsReview;

    /// <summary>The receipt's number: the session's.</summary>
    public string Number => "B-" + Session.TransactionId.ToString(CultureInfo.InvariantCulture);

    public bool BeginMatches => Matches(Proof.Start);

    public bool EndMatches => Matches(Proof.Stop);

    public bool BookIsWhole => Judged.Reasons.All(r => !BookReasons.Contains(r));

    /// <summary>Billed is exactly what was signed.</summary>
    public bool IsExact => Judged.IsBillable && Session.ProvenKwh == Proof.EnergyKWh && Cost is not null;

    public string? MeterSerial => Judged.Values.Select(v => v.MeterSerial).FirstOrDefault(s => s is { Length: > 0 });

    public string Format => string.Join(", ", Judged.Values.Select(v => v.FormatVersion is { } version ? $"{v.Format} {version}" : v.Format).Distinct());

    /// <summary>Energy with the digits that the meter signed; whole watt-hours where it signed none.</summary>
    public string Energy => Judged.IsBillable && Proof.EnergyKWh is { } signed ? Kwh(signed) : Kwh(Session.EnergyWh.Value / 1000m);

    /// <summary>A reading with all of its digits, at least three.</summary>
    public static string Kwh(decimal value) => value.ToString("N" + Math.Max((byte)3, value.Scale).ToString(CultureInfo.InvariantCulture), CultureInfo.CurrentCulture);

    public string Money(decimal amount) => Amounts.Of(amount, Cost?.Currency ?? "EUR", Texts.Language);

    public string Price(decimal price) => Amounts.Price(price, Cost?.Currency ?? "EUR", Texts.Language);

    public string Sign => Cost?.Currency is null or "EUR" ? "€" : Cost.Currency;

    public string Day(DateTimeOffset at) => Local(at).ToString(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "de" ? "dd.MM.yyyy" : "d MMM yyyy", CultureInfo.CurrentCulture);

    public string Clock(DateTimeOffset at, bool seconds) => Local(at).ToString(seconds ? "HH:mm:ss" : "HH:mm", CultureInfo.InvariantCulture);

    private DateTimeOffset Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Zone);

    private bool Matches(MeterReading? reading) => reading is not null && Judged.Values.Any(v => v.Signature == SignatureState.Valid && v.Readings.Contains(reading));
}

/// <summary>Reads receipts.</summary>
internal sealed class ReadReceipt(LadewerkDb db, ReadEvidence evidence, OperatorLooks looks, Kernel.Branding.BrandReader brands, SessionPlaces places, SessionViews views)
{
    /// <summary>Of a session of the scope's tenant; null: there is none that has ended.</summary>
    public async Task<ReceiptModel?> Of(SessionId id, string? token, CancellationToken ct)
    {
        var session = await db.Set<ChargingSession>().AsNoTracking().Include(s => s.Station).SingleOrDefaultAsync(s => s.Id == id && s.State == SessionState.Ended, ct);
        if (session is null)
        {
            return null;
        }

        var judged = Judgement.Of(await evidence.Of(session, ct));
        var cost = (await views.Of(session, ct)).Cost is { } json ? System.Text.Json.JsonSerializer.Deserialize<Cost>(json, TariffJson.Options) : null;
        var file = judged.Values.Count == 0 ? 0 : TransparencyFile.Write(judged.Values.Select(v => TransparencyOf.Described(v, judged.Key))).Length;
        var brand = await brands.Of(session.TenantId, ct);
        return new ReceiptModel(
            await looks.Current(ct), token, session, await places.Of(session, ct), judged, cost, TimeZoneInfo.TryFindSystemTimeZoneById(session.TimeZone, out var zone) ? zone : TimeZoneInfo.Utc, file, brand.Profile.VatId);
    }
}
