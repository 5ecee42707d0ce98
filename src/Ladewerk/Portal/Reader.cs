using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Npgsql;

namespace Ladewerk.Portal;

/// <summary>What every page needs to know of the operator.</summary>
public sealed record OperatorFacts(string Name, string Currency, TimeZoneInfo Zone, string ZoneName);

/// <summary>Who reads the page, for whom, and what they may see.</summary>
public sealed class Reader(IHttpContextAccessor http, TenantContext tenant, NpgsqlDataSource data, TimeProvider time)
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
