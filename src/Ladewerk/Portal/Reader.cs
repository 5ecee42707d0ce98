using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Npgsql;

namespace Ladewerk.Portal;

/// <summary>What every page needs to know of the operator.</summary>
public sealed record OperatorFacts(string Name, string Currency, TimeZoneInfo Zone, string ZoneName);

/// <summary>Who reads the page, for whom, and what they may see.</summary>
public sealed class Reader(IHttpContextAccessor http, TenantContext tenant, TenantModules modules, NpgsqlDataSource data, TimeProvider time)
{
    private Task<OperatorFacts>? facts;

    /// <summary>The request.</summary>
    public HttpContext Http => http.HttpContext ?? throw new InvalidOperationException("A page is made within a request.");

    /// <summary>The operator.</summary>
    public Guid TenantId => tenant.Current.Value;

    /// <summary>Now.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Whether the reader holds a permission.</summary>
    public bool May(string permission) => Http.User.Can(permission);

    /// <summary>Whether the reader's operator has a module; null asks for none.</summary>
    public Task<bool> Has(string? module) => modules.Has(tenant.Current, module, Http.RequestAborted);

    /// <summary>Of the entries, those that the reader may open.</summary>
    public async Task<List<NavEntry>> Open(IEnumerable<NavEntry> entries)
    {
        var own = await modules.Of(tenant.Current, Http.RequestAborted);
        return [.. entries.Where(e => May(e.Permission) && (e.Module is null || own.Contains(e.Module, StringComparer.Ordinal))).OrderBy(e => e.Group).ThenBy(e => e.Order)];
    }

    /// <summary>What the page was to show does not exist. The framework drops what a page writes with 404; <see cref="PortalProblems"/> says it then.</summary>
    public void Missing() => Http.Response.StatusCode = StatusCodes.Status404NotFound;

    /// <summary>The operator's name, currency and zone.</summary>
    public Task<OperatorFacts> Operator() => facts ??= Read();

    private async Task<OperatorFacts> Read() => await data.First(
        "select name, currency, time_zone from tenant where id = $1",
        row => new OperatorFacts(row.GetString(0), row.GetString(1), Show.Zone(row.GetString(2)), row.GetString(2)),
        Http.RequestAborted,
        TenantId) ?? throw new InvalidOperationException("The tenant of this scope does not exist.");
}
