using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Ladewerk.Kernel;

/// <summary>
/// The sites to which the current request is limited. It goes with the flow of the request: whatever the request reads, by the model or by
/// plain SQL of <see cref="Query"/>, it reads through the views of the schema <c>site_scope</c>, which show the rows of these sites alone
/// (see Migrations/0018_roles.sql). Work in the background has no scope.
/// </summary>
public sealed class SiteScope
{
    private static readonly AsyncLocal<SiteScope?> Ambient = new();

    private SiteScope(IReadOnlySet<Guid> sites)
    {
        Sites = sites;
        Setting = string.Create(CultureInfo.InvariantCulture, $"{{{string.Join(',', sites)}}}");
    }

    /// <summary>What limits the current request; null: it works for the whole tenant.</summary>
    public static SiteScope? Current => Ambient.Value;

    /// <summary>The sites' ids; empty: nothing of any site.</summary>
    public IReadOnlySet<Guid> Sites { get; }

    /// <summary>The ids as an array of PostgreSQL.</summary>
    private string Setting { get; }

    /// <summary>Limits everything that the caller does from here on, until its own method ends.</summary>
    /// <param name="sites">Null: the whole tenant.</param>
    public static void Enter(IReadOnlySet<Guid>? sites) => Ambient.Value = sites is null ? null : new SiteScope(sites);

    /// <summary>The statement that turns a connection to the views. Npgsql takes it back when the connection returns to the pool.</summary>
    internal NpgsqlBatchCommand Turn() => new("select set_config('search_path', 'site_scope, public', false), set_config('ladewerk.sites', $1, false)") { Parameters = { new() { Value = Setting } } };

    /// <summary>A connection that sees what the current request may see.</summary>
    internal static async ValueTask<NpgsqlConnection> Open(NpgsqlDataSource data, CancellationToken ct)
    {
        var connection = await data.OpenConnectionAsync(ct);
        if (Current is { } scope)
        {
            await scope.Apply(connection, ct);
        }

        return connection;
    }

    internal async Task Apply(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var turn = new NpgsqlBatch(connection) { BatchCommands = { Turn() } };
        await turn.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Turns each connection that the model opens.</summary>
    internal sealed class ModelConnections : DbConnectionInterceptor
    {
        public static readonly ModelConnections Instance = new();

        public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            if (Current is { } scope)
            {
                await scope.Apply((NpgsqlConnection)connection, cancellationToken);
            }
        }

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            if (Current is not null)
            {
                throw new InvalidOperationException("Within the scope of a site the model is read asynchronously.");
            }
        }
    }
}
