using Ladewerk.Access;
using Ladewerk.Access.Branding;
using Ladewerk.Access.Branding.Portal;
using Ladewerk.Access.Portal;
using Ladewerk.Access.Tenants.Portal;
using Ladewerk.Billing;
using Ladewerk.Billing.App;
using Ladewerk.Billing.Portal;
using Ladewerk.Demo;
using Ladewerk.DriverApp;
using Ladewerk.Drivers;
using Ladewerk.Drivers.App;
using Ladewerk.Drivers.Vehicles.App;
using Ladewerk.Drivers.Contracts.Portal;
using Ladewerk.Drivers.Portal;
using Ladewerk.Drivers.Vehicles.Portal;
using Ladewerk.Drivers.Vouchers.Portal;
using Ladewerk.Insight;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Notifications;
using Ladewerk.Notifications.App;
using Ladewerk.Notifications.Portal;
using Ladewerk.Ocpp;
using Ladewerk.Operations;
using Ladewerk.Operations.Portal;
using Ladewerk.Payments;
using Ladewerk.Payments.App;
using Ladewerk.Payments.Payouts;
using Ladewerk.Payments.Portal;
using Ladewerk.Payments.Stripe;
using Ladewerk.Portal;
using Ladewerk.Receipts;
using Ladewerk.Receipts.App;
using Ladewerk.Receipts.Portal;
using Ladewerk.Sessions;
using Ladewerk.Sessions.App;
using Ladewerk.Sessions.Reports;
using Ladewerk.Sessions.Reports.App;
using Ladewerk.Sessions.Reports.Portal;
using Ladewerk.Sessions.Limits.Portal;
using Ladewerk.Sessions.LocalLists.Portal;
using Ladewerk.Sessions.Portal;
using Ladewerk.Sessions.Reservations.Portal;
using Ladewerk.Stations;
using Ladewerk.Stations.Files;
using Ladewerk.Stations.Jobs.Portal;
using Ladewerk.Stations.Organisations.Portal;
using Ladewerk.Stations.Firmware;
using Ladewerk.Stations.Firmware.Portal;
using Ladewerk.Stations.Portal;
using Ladewerk.Stations.Schedules.Portal;
using Ladewerk.Stations.Templates.Portal;
using Ladewerk.Stations.Quirks.Portal;
using Ladewerk.Stations.Security.Portal;
using Ladewerk.Tariffs;
using Ladewerk.Tariffs.Portal;
using Microsoft.Extensions.Options;

namespace Ladewerk;

/// <summary>Builds the one host. Program runs it; tests start it on a port of their own.</summary>
public static class LadewerkApp
{
    /// <summary>Composes the host, brings the database up and up to date, and returns it ready to start.</summary>
    public static async Task<WebApplication> Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = DemoModule.ExpandArguments(args), ContentRootPath = AppContext.BaseDirectory, WebRootPath = WebAssets.FindRoot() });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ConfigureEndpointDefaults(listen => listen.UseUpgradeRepair());
        });
        configure?.Invoke(builder);
        builder.UseTls();
        AddCapabilities(builder, await builder.UseDatabase(CancellationToken.None));

        var app = builder.Build();
        app.OwnDatabase();
        await Prepare(app);
        MapCapabilities(app);
        return app;
    }

    private static void AddCapabilities(WebApplicationBuilder builder, string connectionString)
    {
        builder.Services.AddKernel(connectionString);
        builder.Services.AddHttpConventions();
        builder.Services.AddAccess();
        builder.Services.AddStations();
        builder.Services.AddDrivers();
        builder.Services.AddTariffs();
        builder.Services.AddSessions();
        builder.Services.AddReceipts();
        builder.Services.AddOcpp();
        builder.Services.AddDemo();
        builder.Services.AddPortal();
        builder.Services.AddStationsPortal();
        builder.Services.AddQuirksPortal();
        builder.Services.AddSitesPortal();
        builder.Services.AddOrganisationsPortal();
        builder.Services.AddSecurityPortal();
        builder.Services.AddFirmwarePortal();
        builder.Services.AddJobsPortal();
        builder.Services.AddTemplatesPortal();
        builder.Services.AddSchedulesPortal();
        builder.Services.AddDriversPortal();
        builder.Services.AddContractsPortal();
        builder.Services.AddVouchersPortal();
        builder.Services.AddVehiclesPortal();
        builder.Services.AddLimitsPortal();
        builder.Services.AddAccessPortal();
        builder.Services.AddBrandPages();
        builder.Services.AddRolesPortal();
        builder.Services.AddTenantsPortal();
        builder.Services.AddSessionsPortal();
        builder.Services.AddReservationsPortal();
        builder.Services.AddLocalListsPortal();
        builder.Services.AddTariffsPortal();
        builder.Services.AddBilling();
        builder.Services.AddBillingPortal();
        builder.Services.AddInvoicesApp();
        builder.Services.AddPayments();
        builder.Services.AddPaymentsPortal();
        builder.Services.AddPayoutsPortal();
        builder.Services.AddOperations();
        builder.Services.AddOperationsPortal();
        builder.Services.AddInsight();
        builder.Services.AddDriverApp();
        builder.Services.AddGuestPages();
        builder.Services.AddReceiptPages();
        builder.Services.AddReceiptsPortal();
        builder.Services.AddSessionsApp();
        builder.Services.AddFaultReports();
        builder.Services.AddDriversApp();
        builder.Services.AddVehiclesApp();
        builder.Services.AddNotifications();
        builder.Services.AddNotificationsPortal();
        builder.Services.AddNotificationsApp();
    }

    private static void MapCapabilities(WebApplication app)
    {
        app.UseWebSockets();
        app.UseOcpp();
        app.UseAccess();
        app.MapHealth();
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        app.MapSignIn();
        app.MapUploads();
        app.MapFirmwareLinks();
        app.MapPortal();
        app.MapStationsPortal();
        app.MapQuirksPortal();
        app.MapSitesPortal();
        app.MapOrganisationsPortal();
        app.MapSecurityPortal();
        app.MapFirmwarePortal();
        app.MapJobsPortal();
        app.MapTemplatesPortal();
        app.MapSchedulesPortal();
        app.MapDriversPortal();
        app.MapContractsPortal();
        app.MapVouchersPortal();
        app.MapVehiclesPortal();
        app.MapAccessPortal();
        app.MapBrandPages();
        app.MapRolesPortal();
        app.MapTenantsPortal();
        app.MapOwnAccount();
        app.MapSessionsPortal();
        app.MapLimitsPortal();
        app.MapReservationsPortal();
        app.MapLocalListsPortal();
        app.MapTariffsPortal();
        app.MapBillingPortal();
        app.MapInvoicesApp();
        app.MapPaymentsPortal();
        app.MapPayoutPages();
        app.MapOperationsPortal();
        app.MapDriverApp();
        app.MapGuestPages();
        app.MapPayRoutes();
        app.MapHostAccounts();
        app.MapStripeWebhook();
        app.MapReceiptPages();
        app.MapReceiptsPortal();
        app.MapSessionsApp();
        app.MapReportPages();
        app.MapStickers();
        app.MapCodePages();
        app.MapPriceList();
        app.MapCodeSlips();
        app.MapFaultReportsPortal();
        app.MapDriversApp();
        app.MapVehiclesApp();
        app.MapNotificationsPortal();
        app.MapNotificationsApp();

        var api = app.MapGroup("/api/v1");
        api.MapAccess();
        api.MapBrand();
        api.MapStations();
        api.MapDrivers();
        api.MapTariffs();
        api.MapSessions();
        api.MapReceipts();
        api.MapBilling();
        api.MapPayments();
        api.MapPayouts();
        api.MapOperations();
        api.MapFaultReports();
        api.MapStickers();
        api.MapCodeSlips();
        api.MapReplay();
        api.MapNotifications();
        BuildOnce(app);
    }

    // Routing and authorisation each ask the sources for their endpoints, and a group makes them (and compiles their handlers) anew each time.
    private static void BuildOnce(IEndpointRouteBuilder app)
    {
        var all = new CompositeEndpointDataSource([.. app.DataSources]);
        app.DataSources.Clear();
        app.DataSources.Add(all);
    }

    /// <summary>Migrates the database; on the very first start makes the first tenant and prints how to get in.</summary>
    private static async Task Prepare(WebApplication app)
    {
        OpenFiles.WarnWhenFew(app.Logger);
        await app.Services.GetRequiredService<Migrator>().Migrate(CancellationToken.None);
        await app.Services.GetRequiredService<StationDirectory>().ClearConnections(app.Services.GetRequiredService<IOptions<OcppOptions>>().Value.Node, CancellationToken.None);
        await using var scope = app.Services.CreateAsyncScope();
        var options = app.Services.GetRequiredService<IOptions<BootstrapOptions>>().Value;
        if (await scope.ServiceProvider.GetRequiredService<Bootstrap>().Run(options, CancellationToken.None) is { HasNews: true } first)
        {
            app.Lifetime.ApplicationStarted.Register(() => Bootstrap.Print(first, app.Urls, Console.Out));
        }

        await app.PrepareDemo(CancellationToken.None);
    }
}
