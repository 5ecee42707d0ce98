using System.Text.Json;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Access;

/// <summary>The built-in roles.</summary>
public enum Role
{
    /// <summary>Runs the installation.</summary>
    PlatformAdmin,

    /// <summary>Runs one operator.</summary>
    OperatorAdmin,

    /// <summary>The "super user" whom the operator appoints for sites.</summary>
    SiteManager,

    /// <summary>Answers the telephone.</summary>
    Support,

    /// <summary>Bills.</summary>
    Accountant,

    /// <summary>Looks after a company's drivers.</summary>
    FleetManager,

    /// <summary>Sees and changes nothing.</summary>
    ReadOnly,

    /// <summary>Charges; has no business in the operator's portal.</summary>
    Driver,
}

/// <summary>What each role may do.</summary>
internal static class Roles
{
    private static readonly IReadOnlyList<string> Look =
    [
        Permission.SitesRead, Permission.StationsRead, Permission.SessionsRead, Permission.DriversRead, Permission.TariffsRead, Permission.BillingRead,
    ];

    /// <summary>A built-in role as the API names it.</summary>
    public static string KeyOf(Role role) => JsonNamingPolicy.CamelCase.ConvertName(role.ToString());

    /// <summary>The built-in role of that name; null where there is none, so that it may be one of the operator's own.</summary>
    public static Role? BuiltIn(string key) => Enum.GetValues<Role>().Where(r => string.Equals(KeyOf(r), key, StringComparison.OrdinalIgnoreCase)).Cast<Role?>().FirstOrDefault();

    /// <summary>The permissions of a role.</summary>
    public static IReadOnlyList<string> PermissionsOf(Role role) => role switch
    {
        Role.PlatformAdmin => Permission.All,
        Role.OperatorAdmin => Permission.OfTenant,
        Role.SiteManager =>
        [
            Permission.SitesRead, Permission.StationsRead, Permission.StationsWrite, Permission.StationsCommand, Permission.SessionsRead,
            Permission.SessionsReview, Permission.DriversRead, Permission.DriversWrite, Permission.TariffsRead,
        ],
        Role.Support => [.. Look, Permission.StationsCommand, Permission.SessionsReview, Permission.DriversWrite],
        Role.Accountant => [.. Look, Permission.BillingWrite],
        Role.FleetManager => [Permission.SitesRead, Permission.StationsRead, Permission.SessionsRead, Permission.DriversRead, Permission.DriversWrite],
        Role.ReadOnly => Look,
        Role.Driver => [Permission.App],
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "No such role."),
    };
}
