using Microsoft.AspNetCore.Authorization;

namespace Ladewerk.Kernel.Http;

/// <summary>Every permission, named once. A role is a set of them; a route or page asks for one.</summary>
public static class Permission
{
    public const string SitesRead = "sites.read";
    public const string SitesWrite = "sites.write";
    public const string StationsRead = "stations.read";
    public const string StationsWrite = "stations.write";
    public const string StationsCommand = "stations.command";
    public const string StationsRaw = "stations.raw";
    public const string SessionsRead = "sessions.read";
    public const string SessionsReview = "sessions.review";
    public const string DriversRead = "drivers.read";
    public const string DriversWrite = "drivers.write";
    public const string TariffsRead = "tariffs.read";
    public const string TariffsWrite = "tariffs.write";
    public const string BillingRead = "billing.read";
    public const string BillingWrite = "billing.write";
    public const string SettingsRead = "settings.read";
    public const string SettingsWrite = "settings.write";
    public const string AuditRead = "audit.read";

    /// <summary>Charging for oneself: the driver's pages, and nothing of the operator's.</summary>
    public const string App = "app.use";

    /// <summary>Sees which operators are on this installation.</summary>
    public const string PlatformRead = "platform.read";

    /// <summary>Creates and suspends operators, chooses their plan.</summary>
    public const string PlatformWrite = "platform.write";

    /// <summary>All of them, for roles that may do everything and for the editor.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        SitesRead, SitesWrite, StationsRead, StationsWrite, StationsCommand, StationsRaw, SessionsRead, SessionsReview, DriversRead, DriversWrite,
        TariffsRead, TariffsWrite, BillingRead, BillingWrite, SettingsRead, SettingsWrite, AuditRead, App, PlatformRead, PlatformWrite,
    ];

    /// <summary>Those that an operator can give: all but the installation's own.</summary>
    public static readonly IReadOnlyList<string> OfTenant = [.. All.Except([PlatformRead, PlatformWrite], StringComparer.Ordinal)];

    /// <summary>Those that mean something for single sites. A role that counts for some sites only gives none but these.</summary>
    public static readonly IReadOnlySet<string> OfSites = new HashSet<string>(StringComparer.Ordinal)
    {
        SitesRead, SitesWrite, StationsRead, StationsWrite, StationsCommand, StationsRaw, SessionsRead, SessionsReview, DriversRead, DriversWrite, TariffsRead,
    };

    /// <summary>Lets only holders of the permission in (the policy's name is the permission; Access decides).</summary>
    public static TBuilder RequirePermission<TBuilder>(this TBuilder endpoint, string permission)
        where TBuilder : IEndpointConventionBuilder => endpoint.RequireAuthorization(new AuthorizeAttribute(permission));
}
