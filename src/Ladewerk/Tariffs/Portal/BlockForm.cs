using System.Globalization;

namespace Ladewerk.Tariffs.Portal;

/// <summary>A building block in the editor: one price and its conditions, as typed.</summary>
public sealed class BlockForm
{
    private readonly Dictionary<string, string> fields = new(StringComparer.Ordinal);

    public BlockForm(string type, int index) => (Type, Index) = (type, index);

    /// <summary>OCPI's word, or ENERGY_MARKET.</summary>
    public string Type { get; }

    public int Index { get; set; }

    /// <summary>Keys of the conditions that are shown, in order.</summary>
    public List<string> Conditions { get; } = [];

    public List<Weekday> Days { get; } = [];

    public bool IsTimed => Type is "TIME" or "PARKING_TIME";

    public string this[string field]
    {
        get => fields.GetValueOrDefault(field, "");
        set => fields[field] = value;
    }

    /// <summary>The name of a field in the form.</summary>
    public string Name(string field) => string.Create(CultureInfo.InvariantCulture, $"b{Index}.{field}");

    public static BlockForm Read(IFormCollection form, int index)
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"b{index}.");
        var block = new BlockForm(form[prefix + "type"].ToString(), index);
        foreach (var (key, value) in form)
        {
            if (key.StartsWith(prefix, StringComparison.Ordinal))
            {
                block[key[prefix.Length..]] = value.ToString().Trim();
            }
        }

        block.Conditions.AddRange(form[prefix + "cond"].OfType<string>().Where(key => Condition.All.Any(condition => condition.Key == key)));
        block.Days.AddRange(form[prefix + "days"].OfType<string>().Select(day => Enum.TryParse<Weekday>(day, out var known) ? known : (Weekday?)null).OfType<Weekday>());
        return block;
    }

    public static BlockForm Of(TariffElement element, PriceComponent component, int index)
    {
        var block = new BlockForm(TypeOf(component), index);
        block["nameDe"] = element.Name?.De ?? "";
        block["nameEn"] = element.Name?.En ?? "";
        var perMinute = block.IsTimed && decimal.Round(component.Price / 60m, 4) * 60m == component.Price;
        block["per"] = perMinute ? "min" : "h";
        block["price"] = FormNumber.Text(perMinute ? component.Price / 60m : component.Price, 2);
        block["vat"] = FormNumber.Text(component.Vat);
        block["step"] = FormNumber.Text(component.StepSize);
        if (component is MarketEnergyPrice market)
        {
            block["factor"] = FormNumber.Text(market.Factor);
            block["adder"] = FormNumber.Text(market.Adder, 2);
            block["floor"] = FormNumber.Text(market.Floor);
            block["ceiling"] = FormNumber.Text(market.Ceiling);
        }

        if (element.Restrictions is { } restrictions)
        {
            block.Conditions.AddRange(Condition.All.Where(condition => condition.IsIn(restrictions)).Select(condition => condition.Key));
            block.Show(restrictions);
        }

        return block;
    }

    public static string TypeOf(PriceComponent component) => component switch
    {
        EnergyPrice => "ENERGY",
        TimePrice => "TIME",
        ParkingPrice => "PARKING_TIME",
        FlatPrice => "FLAT",
        MarketEnergyPrice => "ENERGY_MARKET",
        _ => throw new ArgumentOutOfRangeException(nameof(component), component, null),
    };

    public TariffElement ToElement(FormErrors errors)
    {
        var name = new LocalizedText(this["nameDe"], this["nameEn"]);
        var restrictions = ToRestrictions(errors);
        return new TariffElement
        {
            Name = name is { De.Length: 0, En.Length: 0 } ? null : name,
            Components = [ToComponent(errors)],
            Restrictions = restrictions == new Restrictions() ? null : restrictions,
        };
    }

    private PriceComponent ToComponent(FormErrors errors)
    {
        var price = errors.Number(Name("price"), this["price"]);
        if (price is null && !errors.ByField.ContainsKey(Name("price")))
        {
            errors.Add(Name("price"), "tariffs.error.price");
        }

        PriceComponent component = Type switch
        {
            "TIME" => new TimePrice(),
            "PARKING_TIME" => new ParkingPrice(),
            "FLAT" => new FlatPrice(),
            "ENERGY_MARKET" => new MarketEnergyPrice
            {
                Factor = errors.Number(Name("factor"), this["factor"]) ?? 1m,
                Adder = errors.Number(Name("adder"), this["adder"]) ?? 0m,
                Floor = errors.Number(Name("floor"), this["floor"]),
                Ceiling = errors.Number(Name("ceiling"), this["ceiling"]),
            },
            _ => new EnergyPrice(),
        };
        return component with
        {
            Price = (price ?? 0m) * (IsTimed && this["per"] == "min" ? 60m : 1m),
            Vat = errors.Number(Name("vat"), this["vat"]),
            StepSize = errors.Whole(Name("step"), this["step"]) ?? 1,
        };
    }

    private Restrictions ToRestrictions(FormErrors errors) => new()
    {
        DayOfWeek = Has("days") && Days.Count is > 0 and < 7 ? [.. Days.Distinct().Order()] : null,
        StartTime = Has("time") ? errors.Time(Name("from"), this["from"]) : null,
        EndTime = Has("time") ? errors.Time(Name("to"), this["to"]) : null,
        StartDate = Has("dates") ? errors.Date(Name("firstDay"), this["firstDay"]) : null,
        EndDate = Has("dates") ? errors.Date(Name("lastDay"), this["lastDay"])?.AddDays(1) : null,
        Holidays = Has("holidays") ? this["holidays"] != "no" : null,
        MinKwh = Number(errors, "kwh", "minKwh"),
        MaxKwh = Number(errors, "kwh", "maxKwh"),
        MinDuration = (int?)(Number(errors, "duration", "minMinutes") * 60m),
        MaxDuration = (int?)(Number(errors, "duration", "maxMinutes") * 60m),
        MinPower = Number(errors, "power", "minPower"),
        MaxPower = Number(errors, "power", "maxPower"),
        MinCurrent = Number(errors, "current", "minCurrent"),
        MaxCurrent = Number(errors, "current", "maxCurrent"),
        MinEvsePower = Number(errors, "evsePower", "minEvse"),
        MaxEvsePower = Number(errors, "evsePower", "maxEvse"),
        ConnectorTypes = Has("connectors") ? FormNumber.Names(this["connectors"]) : null,
        UserGroups = Has("groups") ? FormNumber.Names(this["groups"]) : null,
        Contracts = Has("contracts") ? FormNumber.Names(this["contracts"]) : null,
        VehicleClasses = Has("vehicles") ? FormNumber.Names(this["vehicles"]) : null,
        FirstTimeUser = Has("firstTime") ? this["firstTime"] != "no" : null,
        Reservation = !Has("reservation") ? null : this["reservation"] == "expires" ? ReservationRestriction.ReservationExpires : ReservationRestriction.Reservation,
    };

    private void Show(Restrictions restrictions)
    {
        Days.AddRange(restrictions.DayOfWeek ?? []);
        this["from"] = restrictions.StartTime is { } from ? TimeOfDay.Text(from) : "";
        this["to"] = restrictions.EndTime is { } to ? TimeOfDay.Text(to) : "";
        this["firstDay"] = restrictions.StartDate?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "";
        this["lastDay"] = restrictions.EndDate?.AddDays(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "";
        this["holidays"] = restrictions.Holidays is false ? "no" : "yes";
        this["minKwh"] = FormNumber.Text(restrictions.MinKwh);
        this["maxKwh"] = FormNumber.Text(restrictions.MaxKwh);
        this["minMinutes"] = FormNumber.Text(restrictions.MinDuration / 60m);
        this["maxMinutes"] = FormNumber.Text(restrictions.MaxDuration / 60m);
        this["minPower"] = FormNumber.Text(restrictions.MinPower);
        this["maxPower"] = FormNumber.Text(restrictions.MaxPower);
        this["minCurrent"] = FormNumber.Text(restrictions.MinCurrent);
        this["maxCurrent"] = FormNumber.Text(restrictions.MaxCurrent);
        this["minEvse"] = FormNumber.Text(restrictions.MinEvsePower);
        this["maxEvse"] = FormNumber.Text(restrictions.MaxEvsePower);
        this["connectors"] = string.Join(", ", restrictions.ConnectorTypes ?? []);
        this["groups"] = string.Join(", ", restrictions.UserGroups ?? []);
        this["contracts"] = string.Join(", ", restrictions.Contracts ?? []);
        this["vehicles"] = string.Join(", ", restrictions.VehicleClasses ?? []);
        this["firstTime"] = restrictions.FirstTimeUser is false ? "no" : "yes";
        this["reservation"] = restrictions.Reservation is ReservationRestriction.ReservationExpires ? "expires" : "reserved";
    }

    private bool Has(string condition) => Conditions.Contains(condition);

    private decimal? Number(FormErrors errors, string condition, string field) => Has(condition) ? errors.Number(Name(field), this[field]) : null;
}
