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

    /// <summary>The permissions of a role.</summary>
    public static IReadOnlyList<string> PermissionsOf(Role role) => role switch
    {
        Role.PlatformAdmin or Role.OperatorAdmin => Permission.All,
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
