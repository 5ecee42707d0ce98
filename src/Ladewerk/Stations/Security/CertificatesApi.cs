using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Stations.Security;

/// <summary>A station's certificate as the API shows it.</summary>
/// <param name="SignedHere">The station asked us for it; else it showed one of another authority.</param>
public sealed record StationCertificateView(
    Guid Id, string StationId, CertificateStatus Status, string? Reason, string? Subject, string? Issuer, string? SerialNumber, string? Thumbprint, DateTimeOffset? NotBefore,
    DateTimeOffset? NotAfter, bool SignedHere, DateTimeOffset RequestedAt, DateTimeOffset? IssuedAt, DateTimeOffset? AnsweredAt, DateTimeOffset? RevokedAt,
    DateTimeOffset? FirstUsedAt, DateTimeOffset? LastUsedAt);

/// <summary>Which certificates of stations to list.</summary>
public sealed record CertificateFilter(string? StationId = null, Named<CertificateStatus>? Status = null, DateTimeOffset? EndsBefore = null);

/// <summary>Why a certificate is revoked.</summary>
public sealed record Revocation(string? Reason = null);

/// <summary>An authority as the API shows it.</summary>
/// <param name="Certificate">PEM; null where it is not ours.</param>
public sealed record AuthorityView(
    Guid Id, AuthorityKind Kind, string Name, bool Active, string? Certificate, string? Url, DateTimeOffset? NotAfter, DateTimeOffset CreatedAt, DateTimeOffset? RetiredAt, DateTimeOffset? DistrustedAt);

/// <summary>A certificate for the root store.</summary>
/// <param name="Certificate">PEM; of several each is entered.</param>
public sealed record NewTrustedCertificate(TrustUse Use, string Certificate);

/// <summary>A certificate in the root store.</summary>
/// <param name="Hash">By which stations name it.</param>
public sealed record TrustedCertificateView(
    Guid Id, TrustUse Use, string Subject, string Issuer, string SerialNumber, string Thumbprint, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string Certificate, CertificateHash Hash, DateTimeOffset AddedAt);

/// <summary><c>/station-certificates</c>, <c>/certificate-authorities</c>, <c>/trusted-certificates</c></summary>
internal static class CertificatesApi
{
    public static void MapCertificates(this RouteGroupBuilder api)
    {
        var issued = api.MapGroup("/station-certificates").WithTags("Security");
        issued.MapGet("/", Issued).RequirePermission(Permission.StationsRead).WithSummary("Certificates of stations, newest request first");
        issued.MapGet("/{id:guid}/pem", Pem).RequirePermission(Permission.StationsRead).WithSummary("A station's certificate in PEM");
        issued.MapPost("/{id:guid}/revoke", Revoke).RequirePermission(Permission.StationsWrite).WithSummary("Let no station in with it any more");

        var authorities = api.MapGroup("/certificate-authorities").WithTags("Security");
        authorities.MapGet("/", Authorities).RequirePermission(Permission.SettingsRead).WithSummary("Who signs for stations, and who did");
        authorities.MapPost("/", AddAuthority).RequirePermission(Permission.SettingsWrite).WithSummary("Choose who signs from now on: a new embedded authority, or an external one");
        authorities.MapPost("/{id:guid}/distrust", Distrust).RequirePermission(Permission.SettingsWrite).WithSummary("Refuse whatever an authority has signed");

        var roots = api.MapGroup("/trusted-certificates").WithTags("Security");
        roots.MapGet("/", Roots).RequirePermission(Permission.SettingsRead).WithSummary("The root store");
        roots.MapPost("/", AddRoot).RequirePermission(Permission.SettingsWrite).WithSummary("Enter certificates into the root store");
        roots.MapDelete("/{id:guid}", RemoveRoot).RequirePermission(Permission.SettingsWrite).WithSummary("Take a certificate out of the root store");
    }

    private static async Task<Ok<Page<StationCertificateView>>> Issued([AsParameters] CertificateFilter filter, int? limit, string? cursor, ReadSecurity security, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var rows = await security.Certificates(filter, Paging.Decode(cursor), count + 1, ct);
        return TypedResults.Ok(Paging.Of(rows, count, c => string.Create(CultureInfo.InvariantCulture, $"{c.RequestedAt:O}/{c.Id}")));
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> Pem(Guid id, LadewerkDb db, CancellationToken ct) =>
        await db.Set<StationCertificate>().Where(c => c.Id == id).Select(c => c.Certificate).SingleOrDefaultAsync(ct) is { } pem
            ? TypedResults.Text(pem, "application/x-pem-file") : Problems.NotFound("certificate");

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(Guid id, Revocation request, SaveCertificates save, CancellationToken ct) =>
        await save.Revoke(id, request.Reason, ct) ? TypedResults.NoContent() : Problems.NotFound("certificate");

    private static async Task<Ok<Page<AuthorityView>>> Authorities(LadewerkDb db, CancellationToken ct)
    {
        var rows = await db.Set<CertificateAuthority>().AsNoTracking().OrderByDescending(a => a.CreatedAt).Take(Paging.MaxLimit).ToListAsync(ct);
        return TypedResults.Ok(new Page<AuthorityView>([.. rows.Select(View)], null));
    }

    private static async Task<Results<Created<AuthorityView>, ValidationProblem>> AddAuthority(NewAuthority request, SetAuthority authorities, CancellationToken ct)
    {
        var (authority, faults) = await authorities.Run(request, ct);
        return authority is null ? Problems.Invalid(faults!.Errors) : TypedResults.Created("/api/v1/certificate-authorities", View(authority));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Distrust(Guid id, SetAuthority authorities, CancellationToken ct) =>
        await authorities.Distrust(id, ct) ? TypedResults.NoContent() : Problems.NotFound("certificate authority");

    private static async Task<Ok<Page<TrustedCertificateView>>> Roots(Named<TrustUse>? use, SaveCertificates save, CancellationToken ct) =>
        TypedResults.Ok(new Page<TrustedCertificateView>([.. (await save.Roots(use?.Value, ct)).Select(View)], null));

    private static async Task<Results<Created<Page<TrustedCertificateView>>, ValidationProblem>> AddRoot(NewTrustedCertificate request, SaveCertificates save, CancellationToken ct)
    {
        var (added, faults) = await save.AddRoots(request, ct);
        return faults.Any ? Problems.Invalid(faults.Errors) : TypedResults.Created("/api/v1/trusted-certificates", new Page<TrustedCertificateView>([.. added.Select(View)], null));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveRoot(Guid id, SaveCertificates save, CancellationToken ct) =>
        await save.RemoveRoot(id, ct) ? TypedResults.NoContent() : Problems.NotFound("certificate");

    private static AuthorityView View(CertificateAuthority a) => new(
        a.Id, a.Kind, a.Name, a.RetiredAt is null, a.Certificate, a.Url, a.NotAfter, a.CreatedAt, a.RetiredAt, a.DistrustedAt);

    private static TrustedCertificateView View(TrustedCertificate t) => new(
        t.Id, t.Use, t.Subject, t.Issuer, t.SerialNumber, t.Thumbprint, t.NotBefore, t.NotAfter, t.Certificate, Certificates.Hash(Certificates.Read(t.Certificate)![0]), t.AddedAt);
}
