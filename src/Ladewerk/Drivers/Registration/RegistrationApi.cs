using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Drivers.Registration;

/// <summary>A registration as the API shows it.</summary>
public sealed record RegistrationView(
    Guid Id, string Name, string Email, string Locale, RegistrationState State, bool Invited, IReadOnlyList<GivenConsent> Consents, DateTimeOffset CreatedAt, DateTimeOffset? VerifiedAt, DateTimeOffset? DecidedAt,
    string? DecidedBy, string? Reason)
{
    internal static RegistrationView Of(DriverRegistration r) =>
        new(r.Id, r.Name, r.Email, r.Locale, r.State, r.InvitationId is not null, r.Consents, r.CreatedAt, r.VerifiedAt, r.DecidedAt, r.DecidedBy, r.Reason);
}

/// <summary>An invitation as the API shows it; the code only where it was just made.</summary>
public sealed record InvitationView(
    Guid Id, string? Email, string? Name, string? Number, string Language, int MaxUses, int Uses, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt, string? Code = null)
{
    internal static InvitationView Of(RegistrationInvitation i, string? code = null) =>
        new(i.Id, i.Email, i.Name, i.Number, i.Language, i.MaxUses, i.Uses, i.CreatedAt, i.CreatedBy, i.ExpiresAt, i.RevokedAt, code);
}

/// <summary>Invitations to many.</summary>
public sealed record InvitationList(IReadOnlyList<NewInvitation> Invitations);

/// <summary>How many were made.</summary>
public sealed record InvitationsMade(int Made);

/// <summary>Why a registration is refused.</summary>
public sealed record RefusalRequest(string? Reason = null);

/// <summary><c>/registration-rules</c>, <c>/registrations</c>, <c>/registration-invitations</c></summary>
internal static class RegistrationApi
{
    public static void MapRegistration(this RouteGroupBuilder api)
    {
        var rules = api.MapGroup("/registration-rules").WithTags("Registration");
        rules.MapGet("/", async (RegisterDriver register, CancellationToken ct) => TypedResults.Ok(RegistrationRulesView.Of(await register.Rules(ct)))).RequirePermission(Permission.SettingsRead).WithSummary("Who may become a driver by themselves");
        rules.MapPut("/", SetRules).RequirePermission(Permission.SettingsWrite).WithSummary("Set the rules of registration");

        var registrations = api.MapGroup("/registrations").WithTags("Registration");
        registrations.MapGet("/", List).RequirePermission(Permission.DriversRead).WithSummary("Registrations, newest first");
        registrations.MapPost("/{id:guid}/accept", async (Guid id, Admission admission, CancellationToken ct) => Decided(await admission.Accept(id, ct))).RequirePermission(Permission.DriversWrite).WithSummary("Accept a registration that waits");
        registrations.MapPost("/{id:guid}/refuse", async (Guid id, RefusalRequest request, Admission admission, CancellationToken ct) => Decided(await admission.Refuse(id, request.Reason, ct))).RequirePermission(Permission.DriversWrite).WithSummary("Refuse a registration that waits");

        var invitations = api.MapGroup("/registration-invitations").WithTags("Registration");
        invitations.MapGet("/", Invitations).RequirePermission(Permission.DriversRead).WithSummary("Invitations, newest first");
        invitations.MapPost("/", Invite).RequirePermission(Permission.DriversWrite).WithSummary("Invite somebody by mail, or make a code for many");
        invitations.MapPost("/list", InviteAll).RequirePermission(Permission.DriversWrite).WithSummary("Invite everybody of a list by mail");
        invitations.MapDelete("/{id:guid}", Revoke).RequirePermission(Permission.DriversWrite).WithSummary("Take an invitation back");
    }

    private static async Task<Results<Ok<RegistrationRulesView>, ValidationProblem>> SetRules(RegistrationRulesView request, SaveRules save, CancellationToken ct) =>
        await save.Run(request, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(request);

    private static async Task<Ok<Page<RegistrationView>>> List(Named<RegistrationState>? state, int? limit, string? cursor, LadewerkDb db, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var rows = db.Set<DriverRegistration>().AsNoTracking();
        rows = state is { } wanted ? rows.Where(r => r.State == wanted.Value) : rows;
        rows = Guid.TryParse(Paging.Decode(cursor), out var after) ? rows.Where(r => r.Id < after) : rows;
        return TypedResults.Ok(Paging.Of([.. (await rows.OrderByDescending(r => r.Id).Take(count + 1).ToListAsync(ct)).Select(RegistrationView.Of)], count, r => r.Id.ToString()));
    }

    private static async Task<Ok<Page<InvitationView>>> Invitations(int? limit, string? cursor, LadewerkDb db, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var rows = db.Set<RegistrationInvitation>().AsNoTracking();
        rows = Guid.TryParse(Paging.Decode(cursor), out var after) ? rows.Where(r => r.Id < after) : rows;
        return TypedResults.Ok(Paging.Of([.. (await rows.OrderByDescending(r => r.Id).Take(count + 1).ToListAsync(ct)).Select(i => InvitationView.Of(i))], count, r => r.Id.ToString()));
    }

    private static async Task<Results<Created<InvitationView>, ValidationProblem>> Invite(NewInvitation request, Invitations invitations, CancellationToken ct)
    {
        var (made, code, faults) = await invitations.Create(request, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/registration-invitations/{made.Id}", InvitationView.Of(made, code));
    }

    private static async Task<Results<Ok<InvitationsMade>, ValidationProblem>> InviteAll(InvitationList request, Invitations invitations, CancellationToken ct)
    {
        var (made, faults) = await invitations.CreateAll(request.Invitations, ct);
        return faults.Any ? Problems.Invalid(faults.Errors) : TypedResults.Ok(new InvitationsMade(made));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(Guid id, Invitations invitations, CancellationToken ct) =>
        await invitations.Revoke(id, ct) ? TypedResults.NoContent() : Problems.NotFound("invitation");

    private static Results<NoContent, ProblemHttpResult> Decided(bool done) => done ? TypedResults.NoContent() : Problems.NotFound("registration that waits");
}
