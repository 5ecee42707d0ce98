using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Security;

/// <summary>A station's credentials as the API shows them; no secret among them.</summary>
/// <param name="PendingPasswords">Passwords that were sent and that the station has not shown yet; the one before them is good until then.</param>
public sealed record StationSecurityView(
    int SecurityProfile, int? PendingSecurityProfile, int LowestSecurityProfile, bool HasPassword, DateTimeOffset? PasswordChangedAt, int PendingPasswords, DateTimeOffset? PendingSince,
    StationCertificateView? Certificate, IReadOnlyList<InstalledCertificateView> InstalledCertificates);

/// <summary>A root certificate that a station says it has.</summary>
/// <param name="Name">Its subject, where it is in the root store too.</param>
public sealed record InstalledCertificateView(
    RootUse Use, string HashAlgorithm, string IssuerNameHash, string IssuerKeyHash, string SerialNumber, string? Name, DateTimeOffset SeenAt);

/// <summary>A security event as the API shows it.</summary>
public sealed record SecurityEventView(
    Guid Id, string StationId, string Type, Severity Severity, bool Critical, DateTimeOffset OccurredAt, DateTimeOffset ReceivedAt, string? TechInfo,
    DateTimeOffset? AcknowledgedAt, string? AcknowledgedBy);

/// <summary>Which security events to list.</summary>
/// <param name="Open">Not acknowledged yet.</param>
public sealed record SecurityEventFilter(string? StationId = null, Named<Severity>? Severity = null, string? Type = null, bool? Open = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>What an operator asks of its stations.</summary>
public sealed record SecuritySettingsView(int LowestProfile, int CertificateDays, int RenewBeforeDays, bool RenewByItself);

/// <summary>A change of it; what is absent stays.</summary>
public sealed record SecuritySettingsPatch(int? LowestProfile = null, int? CertificateDays = null, int? RenewBeforeDays = null, bool? RenewByItself = null);

/// <summary><c>/stations/{id}/security</c>, <c>/security-events</c>, <c>/security-settings</c>, and the certificates' routes.</summary>
internal static class SecurityApi
{
    public static void MapStationSecurity(this RouteGroupBuilder api)
    {
        api.MapGet("/stations/{id}/security", Get).RequirePermission(Permission.StationsRead).WithTags("Security").WithSummary("A station's security profile, password and certificates");
        api.MapGet("/security-events", Events).RequirePermission(Permission.StationsRead).WithTags("Security").WithSummary("Security events of stations, newest first");
        api.MapPost("/security-events/{id:guid}/acknowledge", Acknowledge).RequirePermission(Permission.StationsWrite).WithTags("Security").WithSummary("Note that somebody has looked at a security event");
        api.MapGet("/security-settings", Settings).RequirePermission(Permission.SettingsRead).WithTags("Security").WithSummary("What is asked of stations");
        api.MapPatch("/security-settings", Patch).RequirePermission(Permission.SettingsWrite).WithTags("Security").WithSummary("Change what is asked of stations");
        api.MapCertificates();
    }

    private static async Task<Results<Ok<StationSecurityView>, ProblemHttpResult>> Get(string id, StationReader stations, ReadSecurity security, CancellationToken ct) =>
        await stations.Find(id, ct) is { } station ? TypedResults.Ok(await security.Of(station, ct)) : Api.NoSuchStation();

    private static async Task<Ok<Page<SecurityEventView>>> Events([AsParameters] SecurityEventFilter filter, int? limit, string? cursor, ReadSecurity security, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var rows = await security.Events(filter, Paging.Decode(cursor), count + 1, ct);
        return TypedResults.Ok(Paging.Of(rows, count, e => string.Create(CultureInfo.InvariantCulture, $"{e.ReceivedAt:O}/{e.Id}")));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Acknowledge(Guid id, SaveSecurity save, CancellationToken ct) =>
        await save.Acknowledge(id, ct) ? TypedResults.NoContent() : Problems.NotFound("security event");

    private static async Task<Ok<SecuritySettingsView>> Settings(SaveSecurity save, CancellationToken ct) => TypedResults.Ok(SaveSecurity.View(await save.Current(ct)));

    private static async Task<Results<Ok<SecuritySettingsView>, ValidationProblem>> Patch(SecuritySettingsPatch patch, SaveSecurity save, CancellationToken ct)
    {
        var (settings, faults) = await save.Patch(patch, ct);
        return faults.Any ? Problems.Invalid(faults.Errors) : TypedResults.Ok(SaveSecurity.View(settings));
    }
}

/// <summary>Changes what an operator asks of its stations, and notes what somebody has looked at.</summary>
internal sealed class SaveSecurity(LadewerkDb db, TenantContext tenant, Actor actor, AuditLog audit, TimeProvider time)
{
    public static SecuritySettingsView View(SecuritySettings s) => new(s.LowestProfile, s.CertificateDays, s.RenewBeforeDays, s.RenewByItself);

    public async Task<SecuritySettings> Current(CancellationToken ct) =>
        await db.Set<SecuritySettings>().SingleOrDefaultAsync(ct) ?? new SecuritySettings { TenantId = tenant.Current };

    public async Task<(SecuritySettings Settings, Faults Faults)> Patch(SecuritySettingsPatch patch, CancellationToken ct)
    {
        var faults = new Faults()
            .Unless(patch.LowestProfile is null or (>= 0 and <= 3), "lowestProfile", "0 to 3.")
            .Unless(patch.CertificateDays is null or (>= 1 and <= 3650), "certificateDays", "1 to 3650.")
            .Unless(patch.RenewBeforeDays is null or (>= 0 and <= 365), "renewBeforeDays", "0 to 365.");
        var settings = await Current(ct);
        if (faults.Any)
        {
            return (settings, faults);
        }

        var before = View(settings);
        (settings.LowestProfile, settings.CertificateDays) = (patch.LowestProfile ?? settings.LowestProfile, patch.CertificateDays ?? settings.CertificateDays);
        (settings.RenewBeforeDays, settings.RenewByItself) = (patch.RenewBeforeDays ?? settings.RenewBeforeDays, patch.RenewByItself ?? settings.RenewByItself);
        if (db.Entry(settings).State == EntityState.Detached)
        {
            db.Add(settings);
        }

        audit.Record("securitySettings.changed", "securitySettings", tenant.Current.ToString(), before, View(settings));
        await db.SaveChangesAsync(ct);
        return (settings, faults);
    }

    /// <summary>False: no such event.</summary>
    public async Task<bool> Acknowledge(Guid id, CancellationToken ct)
    {
        if (await db.Set<SecurityEvent>().SingleOrDefaultAsync(e => e.Id == id, ct) is not { } found)
        {
            return false;
        }

        if (found.AcknowledgedAt is null)
        {
            (found.AcknowledgedAt, found.AcknowledgedBy) = (time.GetUtcNow(), actor.Name);
            audit.Record("securityEvent.acknowledged", "securityEvent", id.ToString(), after: new { found.Type });
            await db.SaveChangesAsync(ct);
        }

        return true;
    }
}
