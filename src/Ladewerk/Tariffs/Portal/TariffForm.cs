using System.Globalization;

namespace Ladewerk.Tariffs.Portal;

/// <summary>The editor's form: a tariff as typed, with every step of editing as a pure change. The server keeps no draft.</summary>
public sealed class TariffForm
{
    private static readonly string[] Shared =
    [
        "id", "version", "nameDe", "nameEn", "kind", "currency", "tax", "validFrom", "validTo", "minExcl", "minIncl", "maxExcl", "maxIncl",
        "grace", "parkingCap", "freeKwh", "freeMinutes", "freeGroups", "holidayRegion", "sim.day", "sim.from", "sim.kwh", "sim.kw", "sim.to",
    ];

    private readonly Dictionary<string, string> fields = new(StringComparer.Ordinal);

    public List<BlockForm> Blocks { get; private init; } = [];

    public List<CapForm> Caps { get; private init; } = [];

    public bool IsGross => this["tax"] != "net";

    public string this[string field]
    {
        get => fields.GetValueOrDefault(field, "");
        set => fields[field] = value;
    }

    /// <summary>An empty tariff with a price per kWh to begin with.</summary>
    public static TariffForm Empty(string currency, decimal vat)
    {
        var form = new TariffForm { ["currency"] = currency, ["tax"] = "gross", ["kind"] = "regular" };
        var block = new BlockForm("ENERGY", 0) { ["vat"] = FormNumber.Text(vat), ["step"] = "1" };
        form.Blocks.Add(block);
        return form;
    }

    /// <summary>A stored tariff, flattened: one block per price. The order per dimension stays, so the prices do too.</summary>
    public static TariffForm Of(Tariff tariff, TimeZoneInfo zone)
    {
        var extensions = tariff.Extensions;
        var parkingCap = extensions.Caps.FirstOrDefault(CapForm.IsBlockingFee);
        var form = new TariffForm
        {
            ["id"] = tariff.Id,
            ["version"] = tariff.Version.ToString(CultureInfo.InvariantCulture),
            ["nameDe"] = tariff.Name.De,
            ["nameEn"] = tariff.Name.En,
            ["kind"] = tariff.Kind.ToString(),
            ["currency"] = tariff.Currency,
            ["tax"] = tariff.TaxIncluded ? "gross" : "net",
            ["validFrom"] = LocalDay(tariff.ValidFrom, zone),
            ["validTo"] = LocalDay(tariff.ValidTo, zone),
            ["minExcl"] = FormNumber.Text(tariff.MinPrice?.ExclVat),
            ["minIncl"] = FormNumber.Text(tariff.MinPrice?.InclVat),
            ["maxExcl"] = FormNumber.Text(tariff.MaxPrice?.ExclVat),
            ["maxIncl"] = FormNumber.Text(tariff.MaxPrice?.InclVat),
            ["grace"] = FormNumber.Text(extensions.Grace?.Minutes),
            ["parkingCap"] = FormNumber.Text(parkingCap?.Amount),
            ["freeKwh"] = FormNumber.Text(extensions.FreeAllowance?.EnergyKwh),
            ["freeMinutes"] = FormNumber.Text(extensions.FreeAllowance?.Minutes),
            ["freeGroups"] = string.Join(", ", extensions.FreeAllowance?.UserGroups ?? []),
            ["holidayRegion"] = extensions.HolidayRegion ?? "",
        };
        foreach (var element in tariff.Elements)
        {
            form.Blocks.AddRange(element.Components.Select((component, offset) => BlockForm.Of(element, component, form.Blocks.Count + offset)));
        }

        form.Caps.AddRange(extensions.Caps.Where(cap => !ReferenceEquals(cap, parkingCap)).Select((cap, index) => CapForm.Of(cap, index)));
        form.Number();
        return form;
    }

    public static TariffForm Read(IFormCollection posted)
    {
        var form = new TariffForm();
        foreach (var field in Shared)
        {
            form[field] = posted[field].ToString().Trim();
        }

        for (var i = 0; i < Count(posted, "blocks"); i++)
        {
            form.Blocks.Add(BlockForm.Read(posted, i));
        }

        for (var i = 0; i < Count(posted, "caps"); i++)
        {
            form.Caps.Add(CapForm.Read(posted, i));
        }

        form.Apply(posted["op"].ToString());
        form.Number();
        return form;
    }

    /// <summary>The tariff that the form describes; what the editor does not show stays as it was in <paramref name="original"/>.</summary>
    public Tariff ToTariff(Tariff? original, TimeZoneInfo zone, FormErrors errors)
    {
        var caps = new List<Cap>();
        if (errors.Number("parkingCap", this["parkingCap"]) is { } most)
        {
            caps.Add(new Cap(CapPeriod.Session, most, [Dimension.ParkingTime]));
        }

        caps.AddRange(Caps.Select(cap => cap.ToCap(errors)));
        var start = original ?? new Tariff { Currency = "EUR" };
        return start with
        {
            Currency = this["currency"].ToUpperInvariant(),
            Name = new LocalizedText(this["nameDe"], this["nameEn"]),
            Kind = Enum.TryParse<TariffKind>(this["kind"], ignoreCase: true, out var kind) ? kind : TariffKind.Regular,
            TaxIncluded = IsGross,
            Elements = [.. Blocks.Select(block => block.ToElement(errors))],
            MinPrice = Limit("minExcl", "minIncl", errors),
            MaxPrice = Limit("maxExcl", "maxIncl", errors),
            ValidFrom = Midnight("validFrom", zone, errors),
            ValidTo = Midnight("validTo", zone, errors),
            Extensions = start.Extensions with
            {
                Grace = errors.Number("grace", this["grace"]) is { } minutes and > 0m ? new Grace(minutes) : null,
                Caps = caps,
                FreeAllowance = Allowance(errors),
                HolidayRegion = this["holidayRegion"] is { Length: > 0 } region ? region : null,
            },
        };
    }

    private void Apply(string op)
    {
        var (verb, rest) = op.Split(':', 2) is [var first, var second] ? (first, second) : (op, "");
        var index = int.TryParse(rest.Split(':')[0], CultureInfo.InvariantCulture, out var number) && number >= 0 && number < Blocks.Count ? number : -1;
        switch (verb)
        {
            case "add":
                AddBlock(rest);
                break;
            case "remove" when index >= 0:
                Blocks.RemoveAt(index);
                break;
            case "up" when index > 0:
                (Blocks[index - 1], Blocks[index]) = (Blocks[index], Blocks[index - 1]);
                break;
            case "down" when index >= 0 && index < Blocks.Count - 1:
                (Blocks[index + 1], Blocks[index]) = (Blocks[index], Blocks[index + 1]);
                break;
            case "drop" when index >= 0:
                Blocks[index].Conditions.Remove(rest[(rest.IndexOf(':', StringComparison.Ordinal) + 1)..]);
                break;
            case "cond" when index >= 0 && rest[(rest.IndexOf(':', StringComparison.Ordinal) + 1)..] is var key && Condition.All.Any(known => known.Key == key) && !Blocks[index].Conditions.Contains(key):
                Blocks[index].Conditions.Add(key);
                break;
            case "addCap":
                Caps.Add(new CapForm { Per = "Night", From = "22:00", To = "08:00", Dimensions = "PARKING_TIME" });
                break;
            case "dropCap" when int.TryParse(rest, CultureInfo.InvariantCulture, out var cap) && cap >= 0 && cap < Caps.Count:
                Caps.RemoveAt(cap);
                break;
            case "gross" or "net" when (verb == "gross") != IsGross:
                Convert(toGross: verb == "gross");
                break;
        }
    }

    private void AddBlock(string type)
    {
        var vat = Blocks.Select(block => block["vat"]).FirstOrDefault(text => text.Length > 0) ?? "";
        var block = new BlockForm(type, Blocks.Count) { ["vat"] = vat, ["step"] = "1", ["per"] = type is "TIME" or "PARKING_TIME" ? "min" : "h" };
        if (type == "ENERGY_MARKET")
        {
            block["factor"] = "1";
        }

        // Before the first block of its kind that always holds, else it would never be used.
        var always = Blocks.FindIndex(known => known.Type == type && known.Conditions.Count == 0);
        Blocks.Insert(always < 0 ? Blocks.Count : always, block);
    }

    /// <summary>Turns gross prices into net ones or back, so that a driver pays the same.</summary>
    private void Convert(bool toGross)
    {
        foreach (var block in Blocks)
        {
            if (FormNumber.Parse(block["price"]) is { } price && FormNumber.Parse(block["vat"]) is { } vat)
            {
                block["price"] = FormNumber.Text(decimal.Round(toGross ? price * (100m + vat) / 100m : price * 100m / (100m + vat), 6), 2);
            }
        }

        this["tax"] = toGross ? "gross" : "net";
    }

    private void Number()
    {
        for (var i = 0; i < Blocks.Count; i++)
        {
            Blocks[i].Index = i;
        }

        for (var i = 0; i < Caps.Count; i++)
        {
            Caps[i].Index = i;
        }
    }

    private PriceLimit? Limit(string excl, string incl, FormErrors errors)
    {
        var (net, gross) = (errors.Number(excl, this[excl]), errors.Number(incl, this[incl]));
        return net is null && gross is null ? null : new PriceLimit(net, gross);
    }

    private FreeAllowance? Allowance(FormErrors errors)
    {
        var (kwh, minutes) = (errors.Number("freeKwh", this["freeKwh"]), errors.Number("freeMinutes", this["freeMinutes"]));
        return kwh is null && minutes is null ? null : new FreeAllowance(kwh, minutes, FormNumber.Names(this["freeGroups"]));
    }

    private DateTimeOffset? Midnight(string field, TimeZoneInfo zone, FormErrors errors)
    {
        if (errors.Date(field, this[field]) is not { } day)
        {
            return null;
        }

        var midnight = day.ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(midnight, zone.GetUtcOffset(midnight)).ToUniversalTime();
    }

    private static string LocalDay(DateTimeOffset? instant, TimeZoneInfo zone) =>
        instant is { } known ? TimeZoneInfo.ConvertTime(known, zone).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "";

    // Nobody writes a tariff of a hundred blocks by hand.
    private static int Count(IFormCollection posted, string field) =>
        int.TryParse(posted[field], CultureInfo.InvariantCulture, out var count) ? Math.Clamp(count, 0, 100) : 0;
}
