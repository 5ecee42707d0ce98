namespace Ladewerk.Tariffs;

/// <summary>How much a finding matters.</summary>
public enum Severity
{
    /// <summary>Checked and in order.</summary>
    Passed,

    /// <summary>Allowed, and perhaps not meant.</summary>
    Warning,

    /// <summary>Refused.</summary>
    Error,
}

/// <summary>What a check found; the rule is a stable name, and <paramref name="Element"/> the index it is about.</summary>
public sealed record TariffFinding(string Rule, Severity Severity, LocalizedText Text, int? Element = null);

/// <summary>What is known of a place at which a tariff would hold.</summary>
/// <param name="Label">What people call it.</param>
/// <param name="Public">Whether everybody may charge there.</param>
/// <param name="MaxPowerKw">The most that the EVSE can deliver.</param>
/// <param name="BuiltOn">When it went into operation; null counts as new.</param>
/// <param name="ClockIsLegal">Whether its clock may be used for prices by time (calibration data); null where nothing is known.</param>
public sealed record TariffPlace(string Label, bool Public, decimal? MaxPowerKw, DateOnly? BuiltOn = null, bool? ClockIsLegal = null);

/// <summary>Checks a tariff by named rules, alone or at the places at which it would hold.</summary>
public static class TariffValidator
{
    // AFIR (EU) 2023/1804 art. 5(4) applies to points of 50 kW and more deployed from this day on.
    private static readonly DateOnly AfirDay = new(2024, 4, 13);
    private const decimal AfirPowerKw = 50m;
    private const decimal Largest = 1_000_000m;

    /// <summary>The rules that hold anywhere. A tariff with an error is not stored.</summary>
    public static IReadOnlyList<TariffFinding> Check(Tariff tariff)
    {
        var findings = new List<TariffFinding>();
        CheckShape(tariff, findings);
        for (var i = 0; i < tariff.Elements.Count; i++)
        {
            CheckElement(tariff, i, findings);
        }

        CheckLimits(tariff, findings);
        CheckExtensions(tariff.Extensions, findings);
        if (!findings.Exists(finding => finding.Severity == Severity.Error))
        {
            CheckFallback(tariff, findings);
            CheckOrder(tariff, findings);
        }

        return findings;
    }

    /// <summary>The rules that depend on the place (rules 8 and 9). An error refuses the assignment.</summary>
    public static IReadOnlyList<TariffFinding> CheckAt(Tariff tariff, IReadOnlyList<TariffPlace> places)
    {
        var findings = new List<TariffFinding>();
        foreach (var place in places)
        {
            if (tariff.Kind == TariffKind.AdHoc && place.Public && place.MaxPowerKw >= AfirPowerKw && (place.BuiltOn ?? AfirDay) >= AfirDay
                && !IsEnergyAndOccupancyOnly(tariff))
            {
                findings.Add(new TariffFinding("afir-50kw", Severity.Error, new LocalizedText(
                    $"{place.Label}: ab 50 kW darf ein Ad-hoc-Tarif nur einen kWh-Preis und eine Belegungsgebühr je Minute haben (AFIR Art. 5 Abs. 4).",
                    $"{place.Label}: from 50 kW on an ad-hoc tariff may only have a price per kWh and an occupancy fee per minute (AFIR art. 5(4)).")));
            }

            if (place.ClockIsLegal is false && UsesTime(tariff))
            {
                findings.Add(new TariffFinding("clock-not-legal", Severity.Error, new LocalizedText(
                    $"{place.Label}: die Uhr ist für Zeitpreise nicht zugelassen.", $"{place.Label}: the clock may not be used for prices by time.")));
            }
        }

        return findings;
    }

    private static void CheckShape(Tariff tariff, List<TariffFinding> findings)
    {
        if (tariff.Currency.Length != 3 || !tariff.Currency.All(char.IsAsciiLetterUpper))
        {
            findings.Add(Error("currency", "Die Währung ist ein ISO-4217-Code, zum Beispiel EUR.", "The currency is an ISO 4217 code, for example EUR."));
        }

        if (tariff.Elements.Count == 0)
        {
            findings.Add(Error("no-elements", "Ein Tarif braucht mindestens einen Baustein. Kostenlos ist ein Startpreis von 0.", "A tariff needs at least one element. Free of charge is a start price of 0."));
        }

        if (tariff.ValidFrom >= tariff.ValidTo)
        {
            findings.Add(Error("validity", "Die Gültigkeit endet, bevor sie beginnt.", "The validity ends before it begins."));
        }
    }

    private static void CheckElement(Tariff tariff, int index, List<TariffFinding> findings)
    {
        var element = tariff.Elements[index];
        if (element.Components.Count == 0)
        {
            findings.Add(Error("no-components", "Der Baustein hat keinen Preis.", "The element has no price.", index));
        }

        foreach (var component in element.Components)
        {
            CheckComponent(component, index, findings);
            var reserved = element.Restrictions?.Reservation is not null;
            if (reserved && component.Dimension is Dimension.Energy or Dimension.ParkingTime)
            {
                findings.Add(Error("reservation-dimension", "Eine Reservierung kann nur Zeit und einen Festpreis kosten.", "A reservation can only have a price by time and a fee.", index));
            }

            if (IsUnreachable(tariff, index, component.Dimension))
            {
                findings.Add(Warning("unreachable", "Der Preis kommt nie zum Zug: ein Baustein darüber passt immer.", "This price is never used: an element above always holds.", index));
            }
        }

        CheckRestrictions(element.Restrictions, index, findings);
    }

    private static void CheckComponent(PriceComponent component, int index, List<TariffFinding> findings)
    {
        if (component.Price is < 0m or > Largest || component.StepSize < 0)
        {
            findings.Add(Error("range", "Preise und Schritte sind nicht negativ und höchstens eine Million.", "Prices and steps are not negative and at most a million.", index));
        }

        if (component.Vat is null && component.Price != 0m)
        {
            findings.Add(Error("vat-missing", "Der Umsatzsteuersatz fehlt; fehlend ist nicht 0 %.", "The VAT rate is missing; missing is not 0 %.", index));
        }
        else if (component.Vat is < 0m or > 100m)
        {
            findings.Add(Error("vat-range", "Der Umsatzsteuersatz liegt zwischen 0 und 100 %.", "The VAT rate is between 0 and 100 %.", index));
        }
    }

    private static void CheckRestrictions(Restrictions? restrictions, int index, List<TariffFinding> findings)
    {
        if (restrictions is null)
        {
            return;
        }

        if (restrictions.MinKwh >= restrictions.MaxKwh || restrictions.MinPower >= restrictions.MaxPower || restrictions.MinCurrent >= restrictions.MaxCurrent
            || restrictions.MinDuration >= restrictions.MaxDuration || restrictions.StartDate >= restrictions.EndDate
            || restrictions.MinEvsePower >= restrictions.MaxEvsePower)
        {
            findings.Add(Error("empty-range", "Eine Bedingung kann nie gelten: von liegt nicht vor bis.", "A restriction can never hold: its lower bound is not below the upper one.", index));
        }
    }

    private static void CheckLimits(Tariff tariff, List<TariffFinding> findings)
    {
        if (tariff.MinPrice?.ExclVat > tariff.MaxPrice?.ExclVat || tariff.MinPrice?.InclVat > tariff.MaxPrice?.InclVat)
        {
            findings.Add(Error("limits", "Der Mindestpreis liegt über dem Höchstpreis.", "The minimum price is above the maximum price."));
        }

        foreach (var limit in new[] { tariff.MinPrice, tariff.MaxPrice })
        {
            if (limit is { ExclVat: null } or { InclVat: null })
            {
                findings.Add(Warning("limit-one-sided", "Mindest- und Höchstpreis gelten netto und brutto für sich; eine Seite fehlt.", "Minimum and maximum price hold net and gross each on its own; one side is missing."));
            }
        }
    }

    private static void CheckExtensions(TariffExtensions extensions, List<TariffFinding> findings)
    {
        if (extensions.Grace is { Minutes: < 0m or > Largest } || extensions.Caps.Any(cap => cap.Amount is < 0m or > Largest)
            || extensions.FreeAllowance is { EnergyKwh: < 0m or > Largest } or { Minutes: < 0m or > Largest })
        {
            findings.Add(Error("range", "Karenz, Deckel und Freimengen sind nicht negativ und höchstens eine Million.", "Grace, caps and allowances are not negative and at most a million."));
        }

        if (extensions.Caps.Any(cap => cap.Per == CapPeriod.Night && (cap.From is null || cap.To is null)))
        {
            findings.Add(Error("night-cap", "Ein Nachtdeckel braucht Beginn und Ende.", "A night cap needs a start and an end."));
        }

        if (extensions.HolidayRegion is { } region && !HolidayCalendar.Knows(region))
        {
            findings.Add(Error("holiday-region", $"Für {region} gibt es keinen Feiertagskalender.", $"There is no holiday calendar for {region}."));
        }
    }

    private static void CheckFallback(Tariff tariff, List<TariffFinding> findings)
    {
        var open = tariff.Elements.Where(element => element.Restrictions?.Reservation is null).ToList();
        foreach (var (dimension, de, en) in new[] { (Dimension.Energy, "Energie", "Energy"), (Dimension.Time, "Ladezeit", "Charging time") })
        {
            var priced = open.Where(element => element.Components.Any(component => component.Dimension == dimension)).ToList();
            if (priced.Count > 0 && !priced.Exists(element => Covers(element.Restrictions)))
            {
                findings.Add(Warning("gap", $"{de} ist frei, wenn keine der Bedingungen gilt.", $"{en} is free where none of the restrictions holds."));
            }
        }

        if (open.TrueForAll(element => element.Components.All(component => component.Price == 0m && component is not MarketEnergyPrice)))
        {
            findings.Add(Warning("free", "Dieser Tarif ist kostenlos.", "This tariff is free of charge."));
        }
    }

    // AFIR art. 5(4): price components in this order; the wording always keeps it.
    private static void CheckOrder(Tariff tariff, List<TariffFinding> findings)
    {
        if (tariff.Kind == TariffKind.AdHoc)
        {
            findings.Add(new TariffFinding("display-order", Severity.Passed, new LocalizedText(
                "Reihenfolge am Ladepunkt: je kWh, je Minute, je Vorgang, sonstige (AFIR Art. 5 Abs. 4)",
                "Order at the charge point: per kWh, per minute, per session, other (AFIR art. 5(4))")));
        }
    }

    private static bool IsUnreachable(Tariff tariff, int index, Dimension dimension)
    {
        var reservation = tariff.Elements[index].Restrictions?.Reservation;
        return tariff.Elements.Take(index).Any(element =>
            element.Restrictions?.Reservation == reservation
            && element.Components.Any(component => component.Dimension == dimension)
            && (Covers(element.Restrictions) || element.Restrictions == tariff.Elements[index].Restrictions));
    }

    /// <summary>Whether it always holds, but for a reservation.</summary>
    private static bool Covers(Restrictions? restrictions) =>
        restrictions is null || restrictions with { Reservation = null } == new Restrictions();

    private static bool IsEnergyAndOccupancyOnly(Tariff tariff) =>
        tariff.MinPrice is null
        && tariff.Elements.SelectMany(element => element.Components).All(component => component.Price == 0m || component.Dimension is Dimension.Energy or Dimension.ParkingTime);

    private static bool UsesTime(Tariff tariff) => tariff.Elements.Any(element =>
        element.Components.Any(component => component.Price != 0m && component.Dimension is Dimension.Time or Dimension.ParkingTime)
        || element.Restrictions is { MinDuration: not null } or { MaxDuration: not null });

    private static TariffFinding Error(string rule, string de, string en, int? element = null) => new(rule, Severity.Error, new LocalizedText(de, en), element);

    private static TariffFinding Warning(string rule, string de, string en, int? element = null) => new(rule, Severity.Warning, new LocalizedText(de, en), element);
}
