using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Sessions;

/// <summary>Values of the three phases; null where not measured.</summary>
public sealed record PhaseValues(decimal? L1, decimal? L2, decimal? L3);

/// <summary>A reading as the API shows it: <c>currentA</c> and <c>voltageV</c> per phase, <c>soc</c> in percent.</summary>
public sealed record SampleView(
    DateTimeOffset At, DateTimeOffset? StationAt, string? Context, string? Phase, long? EnergyWh, long? PowerW, PhaseValues CurrentA, PhaseValues VoltageV, decimal? Soc, decimal? OfferedA);

/// <summary>The readings of a session in time order.</summary>
public sealed class FindSamples(NpgsqlDataSource dataSource, TenantContext tenant)
{
    private const string Sql = """
        select at, station_at, context, phase, energy_wh, power_w, l1_a, l2_a, l3_a, l1_v, l2_v, l3_v, soc, offered_a
        from meter_sample where session_id = $1 and tenant_id = $2 order by at, received_at
        """;

    public async Task<IReadOnlyList<SampleView>> Run(SessionId id, CancellationToken ct)
    {
        await using var connection = await SiteScope.Open(dataSource, ct);
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new() { Value = id.Value });
        command.Parameters.Add(new() { Value = tenant.Current.Value });
        await using var row = await command.ExecuteReaderAsync(ct);
        var samples = new List<SampleView>();
        while (await row.ReadAsync(ct))
        {
            samples.Add(new SampleView(
                row.GetFieldValue<DateTimeOffset>(0),
                row.IsDBNull(1) ? null : row.GetFieldValue<DateTimeOffset>(1),
                row.IsDBNull(2) ? null : row.GetString(2),
                row.IsDBNull(3) ? null : row.GetString(3),
                row.IsDBNull(4) ? null : row.GetInt64(4),
                row.IsDBNull(5) ? null : row.GetInt64(5),
                new PhaseValues(Real(row, 6), Real(row, 7), Real(row, 8)),
                new PhaseValues(Real(row, 9), Real(row, 10), Real(row, 11)),
                Real(row, 12),
                Real(row, 13)));
        }

        return samples;
    }

    private static decimal? Real(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : (decimal)row.GetFloat(column);
}
