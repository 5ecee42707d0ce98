using Ladewerk.Drivers.Badges;
using Ladewerk.Drivers.Contracts;
using Ladewerk.Drivers.Import;
using Ladewerk.Drivers.Privacy;
using Ladewerk.Drivers.Registration;
using Ladewerk.Drivers.Vehicles;
using Ladewerk.Drivers.Vouchers;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Drivers;

/// <summary>The routes of Drivers.</summary>
internal static class Api
{
    public static void MapDrivers(this RouteGroupBuilder api)
    {
        api.MapIdTokens();
        api.MapBadgeOrders();
        api.MapBadgeBatches();
        api.MapRegistration();
        api.MapContracts();
        api.MapCodes();
        api.MapVehicles();

        var drivers = api.MapGroup("/drivers").WithTags("Drivers");
        drivers.MapGet("/", DriversApi.List).RequirePermission(Permission.DriversRead).WithSummary("Drivers by name");
        drivers.MapPost("/", DriversApi.Create).RequirePermission(Permission.DriversWrite).WithSummary("Create a driver");
        drivers.MapGet("/{id:guid}", DriversApi.Get).RequirePermission(Permission.DriversRead).WithSummary("A driver");
        drivers.MapPatch("/{id:guid}", DriversApi.Patch).RequirePermission(Permission.DriversWrite).WithSummary("Change a driver; what is absent stays");
        drivers.MapDelete("/{id:guid}", DriversApi.Delete).RequirePermission(Permission.DriversWrite).WithSummary("Delete a driver who never charged");

        drivers.MapPeopleImport();
        drivers.MapPrivacy();

        var accounts = api.MapGroup("/billing-accounts").WithTags("Billing accounts");
        accounts.MapGet("/", BillingAccountsApi.List).RequirePermission(Permission.DriversRead).WithSummary("Billing accounts by name");
        accounts.MapPost("/", BillingAccountsApi.Create).RequirePermission(Permission.DriversWrite).WithSummary("Create a billing account");
        accounts.MapGet("/{id:guid}", BillingAccountsApi.Get).RequirePermission(Permission.DriversRead).WithSummary("A billing account");
        accounts.MapPatch("/{id:guid}", BillingAccountsApi.Patch).RequirePermission(Permission.DriversWrite).WithSummary("Change a billing account; what is absent stays");
        accounts.MapDelete("/{id:guid}", BillingAccountsApi.Delete).RequirePermission(Permission.DriversWrite).WithSummary("Delete a billing account that nothing refers to");
    }
}
