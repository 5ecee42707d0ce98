using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Ladewerk.Kernel;

/// <summary>Something that happened and that other capabilities act on. Its type name is stable: it stands in the database.</summary>
public interface IEvent
{
    /// <summary>Stable name, such as <c>sessionEnded</c>.</summary>
    static abstract string Type { get; }
}

/// <summary>Acts on an event. May run twice for one event: the second time changes nothing.</summary>
public interface IConsumer<in TEvent>
    where TEvent : IEvent
{
    /// <summary>Runs in a scope of the event's tenant. A throw means: try again later.</summary>
    Task Consume(TEvent e, CancellationToken ct);
}

/// <summary>The transactional outbox: an event is stored with the change that caused it, or not at all.</summary>
public static class Outbox
{
    private const string InsertSql = "insert into outbox (tenant_id, type, payload) select * from unnest($1, $2, $3)";

    private static readonly RowTable<Row> Table = new(
        "outbox",
        InsertSql,
        Column<Row>.Of(NpgsqlDbType.Uuid, r => r.Tenant.Value),
        Column<Row>.Of(NpgsqlDbType.Text, r => r.Type),
        Column<Row>.Of(NpgsqlDbType.Jsonb, r => r.Payload));

    /// <summary>Adds an event to a hot-path change.</summary>
    public static Change Publish<TEvent>(this Change change, TenantId tenant, TEvent e)
        where TEvent : IEvent => change.Add(Table, new Row(tenant, TEvent.Type, JsonSerializer.Serialize(e, Columns.Json)));

    /// <summary>Adds an event within the transaction of <paramref name="connection"/>.</summary>
    public static async Task Publish<TEvent>(NpgsqlConnection connection, TenantId tenant, TEvent e, CancellationToken ct)
        where TEvent : IEvent
    {
        await using var insert = new NpgsqlCommand("insert into outbox (tenant_id, type, payload) values ($1, $2, $3)", connection)
        {
            Parameters =
            {
                new() { Value = tenant.Value },
                new() { Value = TEvent.Type },
                new() { Value = JsonSerializer.Serialize(e, Columns.Json), NpgsqlDbType = NpgsqlDbType.Jsonb },
            },
        };
        await insert.ExecuteNonQueryAsync(ct);
    }

    private sealed record Row(TenantId Tenant, string Type, string Payload);
}

/// <summary>Which consumers act on which event; built at start, spelled out by each capability.</summary>
public sealed class ConsumerTable
{
    private readonly Dictionary<string, List<(string Name, Func<IServiceProvider, string, CancellationToken, Task> Run)>> consumers = new(StringComparer.Ordinal);

    /// <summary>Names and runners for an event type; empty where nobody acts on it.</summary>
    internal IReadOnlyList<(string Name, Func<IServiceProvider, string, CancellationToken, Task> Run)> For(string type) =>
        consumers.GetValueOrDefault(type) ?? [];

    internal void Add<TEvent, TConsumer>()
        where TEvent : IEvent
        where TConsumer : class, IConsumer<TEvent>
    {
        if (!consumers.TryGetValue(TEvent.Type, out var list))
        {
            consumers[TEvent.Type] = list = [];
        }

        list.Add((typeof(TConsumer).Name, (services, payload, ct) =>
            services.GetRequiredService<TConsumer>().Consume(JsonSerializer.Deserialize<TEvent>(payload, Columns.Json)!, ct)));
    }
}

/// <summary>Registration of consumers.</summary>
public static class ConsumerRegistration
{
    /// <summary>Lets <typeparamref name="TConsumer"/> act on <typeparamref name="TEvent"/>.</summary>
    public static IServiceCollection AddConsumer<TEvent, TConsumer>(this IServiceCollection services)
        where TEvent : IEvent
        where TConsumer : class, IConsumer<TEvent>
    {
        services.AddScoped<TConsumer>();
        return services.AddSingleton<Action<ConsumerTable>>(table => table.Add<TEvent, TConsumer>());
    }
}
