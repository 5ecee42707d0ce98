using Ladewerk.Kernel;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Tariffs;

/// <summary>
/// The tariff that holds where nothing is assigned. Each tenant has one from its first session on; until the operator
/// sets its own price, it is a plain price per kWh with the country's standard VAT.
/// </summary>
internal static class DefaultTariff
{
    private const decimal FirstPrice = 0.49m;

    private const string Sql = """
        with made as (
          insert into tariff (id, tenant_id, name, kind, currency, current_version, is_default)
          values ($1, $2, $3, 'regular', $4, 1, true)
          on conflict (tenant_id) where is_default do nothing
          returning id)
        insert into tariff_version (tariff_id, version, tenant_id, document, created_by) select id, 1, $2, $5, 'system' from made
        """;

    /// <summary>Makes the default tariff where the tenant has none; doing it twice changes nothing.</summary>
    public static async Task Ensure(NpgsqlDataSource dataSource, TenantId tenant, CancellationToken ct)
    {
        var (country, currency) = await Home(dataSource, tenant, ct);
        var id = TariffId.New();
        var tariff = Document(id, country, currency);
        await using var insert = dataSource.CreateCommand(Sql);
        insert.Parameters.Add(new() { Value = id.Value });
        insert.Parameters.Add(new() { Value = tenant.Value });
        insert.Parameters.Add(new() { Value = tariff.Name.De });
        insert.Parameters.Add(new() { Value = currency });
        insert.Parameters.Add(new() { Value = TariffJson.Write(tariff), NpgsqlDbType = NpgsqlDbType.Jsonb });
        await insert.ExecuteNonQueryAsync(ct);
    }

    internal static Tariff Document(TariffId id, string country, string currency) => new()
    {
        Id = id.ToString(),
        Currency = currency,
        Name = new LocalizedText("Standardtarif", "Standard tariff"),
        TaxIncluded = true,
        Elements = [new TariffElement { Components = [new EnergyPrice { Price = FirstPrice, Vat = StandardVat(country) }] }],
    };

    /// <summary>Standard VAT rates in percent; electricity for vehicles is taxed at them.</summary>
    internal static decimal StandardVat(string country) => country switch
    {
        "DE" or "CY" or "RO" => 19m,
        "AT" or "FR" or "GB" or "BG" or "SK" => 20m,
        "CH" or "LI" => 8.1m,
        "BE" or "NL" or "ES" or "CZ" or "LT" or "LV" => 21m,
        "IT" or "SI" => 22m,
        "LU" => 17m,
        "PL" or "PT" or "IE" => 23m,
        "DK" or "SE" or "NO" or "HR" => 25m,
        "EE" or "GR" => 24m,
        "FI" => 25.5m,
        "HU" => 27m,
        "MT" => 18m,
        _ => 0m,
    };

    private static async Task<(string Country, string Currency)> Home(NpgsqlDataSource dataSource, TenantId tenant, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand("select country, currency from tenant where id = $1");
        command.Parameters.Add(new() { Value = tenant.Value });
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetString(0), row.GetString(1)) : throw new InvalidOperationException($"There is no tenant {tenant}.");
    }
}
