using System.Globalization;

namespace Ladewerk.Billing.Templates;

/// <summary>What an invoice says besides facts, and how it writes figures, in one language.</summary>
public sealed record InvoiceTexts
{
    private static readonly InvoiceTexts German = new()
    {
        Language = "de",
        Culture = CultureInfo.GetCultureInfo("de-DE"),
        LongDate = "dd.MM.yyyy",
        ShortDate = "dd.MM.yyyy",
        TimeSuffix = " Uhr",
        NextDay = "(Folgetag)",
        Title = new("Rechnung", "Rechnungskorrektur", "Stornorechnung", "Rechnung über einen Kleinbetrag", "Gutschrift"),
        Charging = "Ladestrom",
        Total = new("Rechnungsbetrag", "Erstattungsbetrag", "Stornobetrag", null, "Gutschriftsbetrag"),
        Phone = "Service",
        Number = new("Rechnungsnummer", "Belegnummer", "Stornonummer", null, "Gutschriftsnummer"),
        IssuedOn = new("Rechnungsdatum", "Belegdatum", "Stornodatum", null, "Datum"),
        Period = "Leistungszeitraum",
        CustomerNumber = "Kundennummer",
        CustomerVatId = "Ihre USt-IdNr.",
        CancelsNumber = "Storno zu",
        PayByTransfer = "Bitte überweisen Sie den Betrag bis zum {0} unter Angabe der Rechnungsnummer auf das Konto {1}.",
        PayBy = "Bitte zahlen Sie den Betrag bis zum {0} unter Angabe der Rechnungsnummer.",
        CollectedByDebit = "Wir ziehen den Betrag ab dem {0} per SEPA-Lastschrift von Ihrem Konto mit den Endziffern {1} ein (Mandat {2}). Bitte überweisen Sie nicht.",
        CollectedByCard = "Wir buchen den Betrag von Ihrer Karte mit den Endziffern {0} ab. Bitte überweisen Sie nicht.",
        NothingToPay = "Es ist nichts zu zahlen.",
        Refund = "Korrekturen übersteigen die neuen Ladevorgänge. Wir erstatten Ihnen den Betrag.",
        Cancels = "Hiermit heben wir die Rechnung {0} vom {1} vollständig auf. Bereits gezahlte Beträge erstatten wir, soweit sie nicht neu berechnet werden.",
        Preceding = "Bezieht sich auf",
        DocumentOf = "{0} vom {1}",
        BuyerReference = "Ihre Referenz",
        CostCentre = "Kostenstelle {0}",
        NoCostCentre = "Ohne Kostenstelle",
        Share = "{0}: Anteil {1} am Nettoumsatz von {2}",
        PerKwh = "{0}: Vergütung je kWh",
        PerSessions = "{0}: Vergütung je Ladevorgang",
        SmallBusiness = "Kein Ausweis von Umsatzsteuer (§ 19 UStG).",
        MonthlyFee = "{0}: Grundgebühr {2}, Vertrag {1}",
        MonthlyFeeOfDays = "{0}: Grundgebühr {2}, {3} von {4} Tagen, Vertrag {1}",
        Month = "Mon.",
        HomeCharging = "Laden zu Hause, Vertrag {0}, Kostenstelle {1}",
        Outlay = "Auslagenersatz für den Dienstwagen, nicht steuerbar (§ 3 Nr. 50 EStG).",
        Paid = "Der Betrag ist bezahlt.",
        PaidOut = "Wir zahlen Ihnen den Betrag bis zum {0}.",
        Reason = "Grund",
        Position = "Nr.",
        Session = "Ladevorgang",
        Item = "Leistung",
        Quantity = "Menge",
        NetPrice = "Preis netto",
        VatShort = "USt.",
        Net = "Netto",
        VatRate = "Steuersatz",
        VatAmount = "Umsatzsteuer",
        Gross = "Brutto",
        NetTotal = "Summe netto",
        Sum = "Summe",
        Readings = "Zählerstände",
        ReadingsLead = "Die Zählerstände der Ladepunkte am Anfang und am Ende jedes Ladevorgangs. Zeiten sind Ortszeiten des Standorts.",
        ReadingStart = "Zählerstand Anfang",
        ReadingEnd = "Zählerstand Ende",
        VatNote = "Umsatzsteuer.",
        VatNoteText = "Positionspreise sind netto und auf vier Stellen gerundet; gerechnet wird mit dem ungerundeten Preis.",
        ShownPrices = "Beim Start angezeigte Endpreise (brutto):",
        Numbers = "Nr.",
        Questions = "Fragen oder Einwände?",
        QuestionsText = "Schreiben Sie uns unter Angabe der Rechnungsnummer. Diese Rechnung wurde elektronisch erstellt und ist ohne Unterschrift gültig.",
        ManagingDirector = "Geschäftsführung:",
        VatId = "USt-IdNr.",
        TaxNumber = "Steuernummer",
        Credit = "Gutschrift: frühere Abrechnung dieses Ladevorgangs",
        Correction = "Korrigierte Abrechnung dieses Ladevorgangs",
        Since = "ab {0} Uhr",
        Energy = "Energie",
        Time = "Ladezeit",
        Parking = "Standgebühr",
        Flat = "Grundpreis je Ladevorgang",
        ReservationTime = "Reservierung",
        ReservationFlat = "Grundpreis der Reservierung",
        Voucher = "Gutschein",
        Cap = "Höchstbetrag: Nachlass",
        MinPrice = "Aufschlag auf den Mindestpreis",
        MaxPrice = "Nachlass auf den Höchstpreis",
        PerSession = "Ladevorgang",
    };

    private static readonly InvoiceTexts English = new()
    {
        Language = "en",
        Culture = CultureInfo.GetCultureInfo("en-GB"),
        LongDate = "d MMMM yyyy",
        ShortDate = "d MMM yyyy",
        TimeSuffix = "",
        NextDay = "(next day)",
        Title = new("Invoice", "Corrected invoice", "Cancellation invoice", "Small-amount invoice", "Self-billing invoice"),
        Charging = "Charging,",
        Total = new("Invoice total", "Refund total", "Cancelled total", null, "Credited total"),
        Phone = "Service",
        Number = new("Invoice number", "Document number", "Cancellation number"),
        IssuedOn = new("Invoice date", "Document date", "Cancellation date"),
        Period = "Supply period",
        CustomerNumber = "Customer number",
        CustomerVatId = "Your VAT ID",
        CancelsNumber = "Cancels",
        PayByTransfer = "Please transfer this amount by {0}, quoting the invoice number, to account {1}.",
        PayBy = "Please pay this amount by {0}, quoting the invoice number.",
        CollectedByDebit = "We collect this amount from {0} on by SEPA direct debit from your account ending in {1} (mandate {2}). Please do not transfer it.",
        CollectedByCard = "We charge this amount to your card ending in {0}. Please do not transfer it.",
        NothingToPay = "There is nothing to pay.",
        Refund = "Corrections exceed the new sessions. We refund this amount to you.",
        Cancels = "This cancels invoice {0} of {1} in full. We refund what you have paid, unless it is invoiced anew.",
        Preceding = "Refers to",
        DocumentOf = "{0} of {1}",
        BuyerReference = "Your reference",
        CostCentre = "Cost centre {0}",
        NoCostCentre = "Without a cost centre",
        Share = "{0}: share of {1} of the net revenue of {2}",
        PerKwh = "{0}: fee per kWh",
        PerSessions = "{0}: fee per session",
        SmallBusiness = "No VAT is shown (small business, section 19 UStG).",
        MonthlyFee = "{0}: basic fee {2}, contract {1}",
        MonthlyFeeOfDays = "{0}: basic fee {2}, {3} of {4} days, contract {1}",
        Month = "mo.",
        HomeCharging = "Charging at home, contract {0}, cost centre {1}",
        Outlay = "Reimbursed outlay for the company car, outside the scope of VAT (section 3 no. 50 EStG).",
        Paid = "This amount has been paid.",
        PaidOut = "We pay this amount to you by {0}.",
        Reason = "Reason",
        Position = "No.",
        Session = "Session",
        Item = "Item",
        Quantity = "Quantity",
        NetPrice = "Net price",
        VatShort = "VAT",
        Net = "Net",
        VatRate = "VAT rate",
        VatAmount = "VAT amount",
        Gross = "Gross",
        NetTotal = "Net total",
        Sum = "Total",
        Readings = "Meter readings",
        ReadingsLead = "The readings of the charge points' meters at the start and at the end of each session. Times are local to the site.",
        ReadingStart = "Reading at start",
        ReadingEnd = "Reading at end",
        VatNote = "VAT.",
        VatNoteText = "Line prices are net and shown with four decimals; the amounts use the unrounded price.",
        ShownPrices = "Gross prices shown at the start:",
        Numbers = "no.",
        Questions = "Questions or objections?",
        QuestionsText = "Write to us and quote the invoice number. This invoice was issued electronically and is valid without a signature.",
        ManagingDirector = "Managing director:",
        VatId = "VAT ID",
        TaxNumber = "Tax number",
        Credit = "Credit: earlier bill for this session",
        Correction = "Corrected bill for this session",
        Since = "from {0}",
        Energy = "Energy",
        Time = "Charging time",
        Parking = "Idle fee",
        Flat = "Session fee",
        ReservationTime = "Reservation",
        ReservationFlat = "Reservation fee",
        Voucher = "Voucher",
        Cap = "Discount: price cap",
        MinPrice = "Surcharge to the minimum price",
        MaxPrice = "Discount to the maximum price",
        PerSession = "session",
    };

    public required string Language { get; init; }
    public required CultureInfo Culture { get; init; }
    public required string LongDate { get; init; }
    public required string ShortDate { get; init; }
    public required string TimeSuffix { get; init; }
    public required string NextDay { get; init; }
    public required PerKind Title { get; init; }
    public required string Charging { get; init; }
    public required PerKind Total { get; init; }
    public required string Phone { get; init; }
    public required PerKind Number { get; init; }
    public required PerKind IssuedOn { get; init; }
    public required string Period { get; init; }
    public required string CustomerNumber { get; init; }
    public required string CustomerVatId { get; init; }
    public required string CancelsNumber { get; init; }
    public required string PayByTransfer { get; init; }
    public required string PayBy { get; init; }
    public required string CollectedByDebit { get; init; }
    public required string CollectedByCard { get; init; }
    public required string NothingToPay { get; init; }
    public required string Refund { get; init; }
    public required string Cancels { get; init; }
    public required string Preceding { get; init; }
    public required string DocumentOf { get; init; }
    public required string BuyerReference { get; init; }
    public required string CostCentre { get; init; }
    public required string NoCostCentre { get; init; }
    public required string Share { get; init; }
    public required string PerKwh { get; init; }
    public required string PerSessions { get; init; }
    public required string SmallBusiness { get; init; }
    public required string MonthlyFee { get; init; }
    public required string MonthlyFeeOfDays { get; init; }
    public required string Month { get; init; }
    public required string HomeCharging { get; init; }
    public required string Outlay { get; init; }
    public required string Paid { get; init; }
    public required string PaidOut { get; init; }
    public required string Reason { get; init; }
    public required string Position { get; init; }
    public required string Session { get; init; }
    public required string Item { get; init; }
    public required string Quantity { get; init; }
    public required string NetPrice { get; init; }
    public required string VatShort { get; init; }
    public required string Net { get; init; }
    public required string VatRate { get; init; }
    public required string VatAmount { get; init; }
    public required string Gross { get; init; }
    public required string NetTotal { get; init; }
    public required string Sum { get; init; }
    public required string Readings { get; init; }
    public required string ReadingsLead { get; init; }
    public required string ReadingStart { get; init; }
    public required string ReadingEnd { get; init; }
    public required string VatNote { get; init; }
    public required string VatNoteText { get; init; }
    public required string ShownPrices { get; init; }
    public required string Numbers { get; init; }
    public required string Questions { get; init; }
    public required string QuestionsText { get; init; }
    public required string ManagingDirector { get; init; }
    public required string VatId { get; init; }
    public required string TaxNumber { get; init; }
    public required string Credit { get; init; }
    public required string Correction { get; init; }
    public required string Since { get; init; }
    public required string Energy { get; init; }
    public required string Time { get; init; }
    public required string Parking { get; init; }
    public required string Flat { get; init; }
    public required string ReservationTime { get; init; }
    public required string ReservationFlat { get; init; }
    public required string Cap { get; init; }
    public required string Voucher { get; init; }
    public required string MinPrice { get; init; }
    public required string MaxPrice { get; init; }
    public required string PerSession { get; init; }

    /// <param name="language">de or en.</param>
    public static InvoiceTexts In(string language) => language.StartsWith("en", StringComparison.OrdinalIgnoreCase) ? English : German;

    /// <summary>That it is collected, from what and when.</summary>
    public string Of(Collecting collecting) => collecting.From == CollectedFrom.Card
        ? string.Format(Culture, CollectedByCard, collecting.Last4)
        : string.Format(Culture, CollectedByDebit, collecting.On?.ToString(LongDate, Culture), collecting.Last4, collecting.Mandate);

    /// <summary>What a line of the given type is called.</summary>
    public string Of(string lineType) => lineType switch
    {
        "ENERGY" => Energy,
        "TIME" => Time,
        "PARKING_TIME" => Parking,
        "FLAT" => Flat,
        "RESERVATION_TIME" => ReservationTime,
        "RESERVATION_FLAT" => ReservationFlat,
        "CAP" => Cap,
        "VOUCHER" => Voucher,
        "MIN_PRICE" => MinPrice,
        "MAX_PRICE" => MaxPrice,
        _ => lineType,
    };

    /// <summary>One wording per kind of document.</summary>
    public sealed record PerKind(string Invoice, string Correction, string Cancellation, string? Receipt = null, string? SelfBilling = null)
    {
        public string Of(InvoiceKind kind) => kind switch
        {
            InvoiceKind.Invoice => Invoice,
            InvoiceKind.Correction => Correction,
            InvoiceKind.Cancellation => Cancellation,
            InvoiceKind.Receipt => Receipt ?? Invoice,
            InvoiceKind.SelfBilling => SelfBilling ?? Invoice,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }
}
