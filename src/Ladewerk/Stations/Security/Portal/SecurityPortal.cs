using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Ladewerk.Stations.Portal;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Faults = Ladewerk.Kernel.Http.Faults;

namespace Ladewerk.Stations.Security.Portal;

/// <summary>The operator's pages of security: a station's tab, security events, certificates; and what their forms do.</summary>
internal static class SecurityPortal
{
    private const string Certificates = "/portal/certificates", Events = "/portal/security-events";

    public static IServiceCollection AddSecurityPortal(this IServiceCollection services) => services
        .AddSingleton(new StationTab(55, "security", "security.tab", Permission.StationsRead))
        .AddSingleton(new NavEntry(NavGroup.Operations, 60, "shield-check", "security.tab", Events, Permission.StationsRead) { Count = OpenAlarms, Urgent = true })
        .AddSingleton(new NavEntry(NavGroup.System, 35, "file-certificate", "security.certificates", Certificates, Permission.SettingsRead));

    public static void MapSecurityPortal(this WebApplication app)
    {
        app.MapPost("/portal/stations/{identity}/security/send", Send).RequirePermission(Permission.StationsCommand).ExcludeFromDescription();
        app.MapGet(Certificates + "/authorities/{id:guid}.pem", Pem).RequirePermission(Permission.SettingsRead).ExcludeFromDescription();
        var stations = app.MapGroup("").RequirePermission(Permission.StationsWrite).ExcludeFromDescription();
        stations.MapPost(Events + "/{id:guid}/acknowledge", Acknowledge);
        stations.MapPost("/portal/station-certificates/{id:guid}/revoke", Revoke);
        var settings = app.MapGroup(Certificates).RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
        settings.MapPost("/settings", SaveSettings);
        settings.MapPost("/authorities", AddAuthority);
        settings.MapPost("/authorities/{id:guid}/distrust", Distrust);
        settings.MapPost("/roots", AddRoots);
        settings.MapPost("/roots/{id:guid}/remove", RemoveRoot);
    }

    private static Task<long> OpenAlarms(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<NpgsqlDataSource>().First(
        "select count(*) from security_event where tenant_id = $1 and severity = 'alarm' and acknowledged_at is null", r => r.GetInt64(0), ct, services.GetRequiredService<TenantContext>().Current.Value);

    private static async Task<IResult> Send(string identity, [FromForm] IFormCollection form, StationReader stations, SendCommand send, LadewerkDb db, HttpContext http, CancellationToken ct)
    {
        if (await stations.Find(identity, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        foreach (var command in await Commands(form, db, ct))
        {
            await send.Run(station, command, ct);
        }

        return Answer.Go(http, Link.Station(station.Identity, "security"));
    }

    private static async Task<IReadOnlyList<Command>> Commands(IFormCollection form, LadewerkDb db, CancellationToken ct) => form["what"].ToString() switch
    {
        "rotate-password" => [new ChangePassword(StationPassword.Generate())],
        "raise-security-profile" when int.TryParse(form["profile"], CultureInfo.InvariantCulture, out var profile) && profile is >= 1 and <= 3 => [new RaiseSecurityProfile(profile)],
        "sign" => [new TriggerMessage("SignCertificate")],
        "read" => [new GetInstalledCertificates(RootUse.CentralSystem), new GetInstalledCertificates(RootUse.Manufacturer)],
        "delete" => [new DeleteCertificate(new CertificateHash(form["algorithm"].ToString(), form["issuerName"].ToString(), form["issuerKey"].ToString(), form["serial"].ToString()))],
        "install" when Guid.TryParse(form["root"], out var id) && await db.Set<TrustedCertificate>().SingleOrDefaultAsync(t => t.Id == id && t.Use != TrustUse.Stations, ct) is { } root =>
            [new InstallCertificate(root.Use == TrustUse.Manufacturer ? RootUse.Manufacturer : RootUse.CentralSystem, root.Certificate)],
        _ => [],
    };

    private static async Task<IResult> Acknowledge(Guid id, [FromForm] string back, SaveSecurity save, HttpContext http, CancellationToken ct) =>
        await save.Acknowledge(id, ct) ? Answer.Go(http, Within(back, Events)) : Problems.NotFound("security event");

    private static async Task<IResult> Revoke(Guid id, [FromForm] string back, SaveCertificates save, HttpContext http, CancellationToken ct) =>
        await save.Revoke(id, null, ct) ? Answer.Go(http, Within(back, Certificates)) : Problems.NotFound("certificate");

    private static async Task<IResult> SaveSettings([FromForm] IFormCollection form, SaveSecurity save, HttpContext http, CancellationToken ct)
    {
        var (_, faults) = await save.Patch(new SecuritySettingsPatch(Number(form, "lowestProfile"), Number(form, "certificateDays"), Number(form, "renewBeforeDays"), form["renewByItself"] == "true"), ct);
        return Shown(http, faults);
    }

    private static async Task<IResult> AddAuthority([FromForm] IFormCollection form, SetAuthority authorities, HttpContext http, CancellationToken ct)
    {
        var kind = form["kind"] == "external" ? AuthorityKind.External : AuthorityKind.Embedded;
        var (_, faults) = await authorities.Run(new NewAuthority(kind, Text(form, "name"), form["kind"] == "rsa", Text(form, "url"), Text(form, "token")), ct);
        return Shown(http, faults ?? new Faults());
    }

    private static async Task<IResult> Distrust(Guid id, SetAuthority authorities, HttpContext http, CancellationToken ct) =>
        await authorities.Distrust(id, ct) ? Answer.Go(http, Certificates) : Problems.NotFound("certificate authority");

    private static async Task<IResult> AddRoots([FromForm] IFormCollection form, SaveCertificates save, HttpContext http, CancellationToken ct)
    {
        var use = Named<TrustUse>.TryParse(form["use"], null, out var named) ? named.Value : TrustUse.Stations;
        var (_, faults) = await save.AddRoots(new NewTrustedCertificate(use, form["certificate"].ToString()), ct);
        return Shown(http, faults);
    }

    private static async Task<IResult> RemoveRoot(Guid id, SaveCertificates save, HttpContext http, CancellationToken ct) =>
        await save.RemoveRoot(id, ct) ? Answer.Go(http, Certificates) : Problems.NotFound("certificate");

    private static async Task<IResult> Pem(Guid id, LadewerkDb db, CancellationToken ct) =>
        await db.Set<CertificateAuthority>().Where(a => a.Id == id).Select(a => a.Certificate).SingleOrDefaultAsync(ct) is { } pem
            ? TypedResults.Text(pem, "application/x-pem-file") : Problems.NotFound("certificate authority");

    private static IResult Shown(HttpContext http, Faults faults) => faults.Any
        ? Answer.Page<CertificatesView>(StatusCodes.Status422UnprocessableEntity, (nameof(CertificatesView.Errors), FaultWords.Say(faults.Errors)))
        : Answer.Go(http, Certificates);

    /// <summary>Back to a page of the portal and nowhere else.</summary>
    private static string Within(string back, string otherwise) => back.StartsWith("/portal/", StringComparison.Ordinal) ? back : otherwise;

    private static int? Number(IFormCollection form, string name) => int.TryParse(form[name], CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? Text(IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;
}
