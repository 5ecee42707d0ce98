using System.Text.Json;

namespace Ladewerk.Tariffs;

/// <summary>What came of reading an OCPI tariff: the tariff where there are no errors, and remarks.</summary>
/// <param name="Tariff">Null where <paramref name="Errors"/> has any.</param>
/// <param name="Errors">By JSON path.</param>
/// <param name="Warnings">What was read with an assumption.</param>
public sealed record OcpiReading(Tariff? Tariff, IReadOnlyDictionary<string, string[]> Errors, IReadOnlyList<TariffNotice> Warnings);

/// <summary>
/// Reads a Tariff object of OCPI 2.2.1 or 2.3.0 as it stands. The versions are told apart by what they carry:
/// <c>tax_included</c> and <c>before_taxes</c>/<c>after_taxes</c> are of 2.3.0. Fields of other modules are ignored; a
/// price or restriction that cannot be read is an error, because guessing would change what a driver pays.
/// </summary>
public static class OcpiTariff
{
    public static OcpiReading Read(JsonElement json)
    {
        var fields = new OcpiFields();
        if (json.ValueKind != JsonValueKind.Object)
        {
            fields.Error("$", "A tariff is an object.");
            return new OcpiReading(null, fields.Errors, fields.Warnings);
        }

        var currency = fields.Text(json, "currency", "currency") ?? "";
        if (currency.Length != 3)
        {
            fields.Error("currency", "An ISO 4217 code of three letters is needed.");
        }

        var (included, taxFree) = TaxOf(json, fields);
        var tariff = new Tariff
        {
            Id = fields.Text(json, "id", "id") ?? "",
            Currency = currency.ToUpperInvariant(),
            Name = NameOf(json, fields),
            Kind = KindOf(fields.Text(json, "type", "type"), fields),
            Elements = [.. fields.Items(json, "elements", "elements").Select(item => ElementOf(item.Value, item.Path, taxFree, fields))],
            MinPrice = LimitOf(json, "min_price", fields),
            MaxPrice = LimitOf(json, "max_price", fields),
            ValidFrom = fields.Instant(json, "start_date_time", "start_date_time"),
            ValidTo = fields.Instant(json, "end_date_time", "end_date_time"),
            TaxIncluded = included,
            EnergyMix = MixOf(json, fields),
        };
        if (tariff.Elements.Count == 0)
        {
            fields.Error("elements", "At least one element is needed.");
        }

        RemarkMissingVat(tariff, fields);
        return new OcpiReading(fields.Errors.Count == 0 ? tariff : null, fields.Errors, fields.Warnings);
    }

    // OCPI 2.3.0 TaxIncluded: YES, NO, N/A (no taxes are applicable). 2.2.1 prices are always net.
    private static (bool Included, bool TaxFree) TaxOf(JsonElement json, OcpiFields fields)
    {
        switch (fields.Text(json, "tax_included", "tax_included")?.ToUpperInvariant())
        {
            case null or "NO":
                return (false, false);
            case "YES":
                return (true, false);
            case "N/A":
                return (false, true);
            default:
                fields.Error("tax_included", "YES, NO or N/A.");
                return (false, false);
        }
    }

    private static LocalizedText NameOf(JsonElement json, OcpiFields fields)
    {
        string de = "", en = "";
        foreach (var (value, path) in fields.Items(json, "tariff_alt_text", "tariff_alt_text"))
        {
            var text = fields.Text(value, "text", path + ".text") ?? "";
            switch (fields.Text(value, "language", path + ".language"))
            {
                case "de":
                    de = text;
                    break;
                case "en":
                    en = text;
                    break;
            }
        }

        return new LocalizedText(de, en);
    }

    private static TariffKind KindOf(string? type, OcpiFields fields)
    {
        switch (type)
        {
            case null or "REGULAR":
                return TariffKind.Regular;
            case "AD_HOC_PAYMENT":
                return TariffKind.AdHoc;
            case "PROFILE_CHEAP":
                return TariffKind.ProfileCheap;
            case "PROFILE_FAST":
                return TariffKind.ProfileFast;
            case "PROFILE_GREEN":
                return TariffKind.ProfileGreen;
            default:
                fields.Warn("ocpi-unknown-type", $"Tarifart {type} ist unbekannt und gilt als REGULAR.", $"Tariff type {type} is unknown and read as REGULAR.");
                return TariffKind.Regular;
        }
    }

    private static PriceLimit? LimitOf(JsonElement json, string name, OcpiFields fields)
    {
        if (!OcpiFields.Has(json, name, out var limit))
        {
            return null;
        }

        // Before 2.2 a limit was a bare number, net.
        if (limit.ValueKind == JsonValueKind.Number)
        {
            return new PriceLimit(fields.Number(json, name, name));
        }

        return new PriceLimit(
            fields.Number(limit, "excl_vat", name + ".excl_vat") ?? fields.Number(limit, "before_taxes", name + ".before_taxes"),
            fields.Number(limit, "incl_vat", name + ".incl_vat") ?? fields.Number(limit, "after_taxes", name + ".after_taxes"));
    }

    private static TariffElement ElementOf(JsonElement json, string path, bool taxFree, OcpiFields fields)
    {
        var components = new List<PriceComponent>();
        foreach (var (value, at) in fields.Items(json, "price_components", path + ".price_components"))
        {
            if (ComponentOf(value, at, taxFree, fields) is { } component)
            {
                components.Add(component);
            }
        }

        if (components.Count == 0)
        {
            fields.Error(path + ".price_components", "At least one price component is needed.");
        }

        var restrictions = OcpiFields.Has(json, "restrictions", out var given) ? OcpiRestrictions.Read(given, path + ".restrictions", fields) : null;
        return new TariffElement { Components = components, Restrictions = restrictions };
    }

    private static PriceComponent? ComponentOf(JsonElement json, string path, bool taxFree, OcpiFields fields)
    {
        PriceComponent? kind = fields.Text(json, "type", path + ".type") switch
        {
            "ENERGY" => new EnergyPrice(),
            "TIME" => new TimePrice(),
            "PARKING_TIME" => new ParkingPrice(),
            "FLAT" => new FlatPrice(),
            _ => null,
        };
        if (kind is null)
        {
            fields.Error(path + ".type", "ENERGY, TIME, PARKING_TIME or FLAT.");
            return null;
        }

        var price = fields.Number(json, "price", path + ".price");
        if (price is null)
        {
            fields.Error(path + ".price", "A price is needed.");
        }

        return kind with
        {
            Price = price ?? 0m,
            Vat = taxFree ? 0m : fields.Number(json, "vat", path + ".vat"),
            StepSize = fields.Whole(json, "step_size", path + ".step_size") ?? 1,
        };
    }

    private static EnergyMix? MixOf(JsonElement json, OcpiFields fields)
    {
        if (!OcpiFields.Has(json, "energy_mix", out var mix))
        {
            return null;
        }

        return new EnergyMix
        {
            IsGreenEnergy = mix.TryGetProperty("is_green_energy", out var green) && green.ValueKind == JsonValueKind.True,
            Sources =
            [
                .. fields.Items(mix, "energy_sources", "energy_mix.energy_sources").Select(item => new EnergySource(
                    fields.Text(item.Value, "source", item.Path) ?? "", fields.Number(item.Value, "percentage", item.Path) ?? 0m)),
            ],
            SupplierName = fields.Text(mix, "supplier_name", "energy_mix.supplier_name"),
            ProductName = fields.Text(mix, "energy_product_name", "energy_mix.energy_product_name"),
        };
    }

    private static void RemarkMissingVat(Tariff tariff, OcpiFields fields)
    {
        if (tariff.Elements.SelectMany(element => element.Components).Any(component => component is { Vat: null, Price: not 0m }))
        {
            fields.Warn("vat-missing", "Mindestens ein Preis nennt keinen Umsatzsteuersatz; fehlend ist nicht 0 %.", "At least one price names no VAT rate; missing is not 0 %.");
        }
    }
}
