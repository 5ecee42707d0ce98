using System.Security.Claims;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Access.External;

/// <summary><c>/identity-providers</c></summary>
internal static class IdentityProvidersApi
{
    public static void MapIdentityProviders(this RouteGroupBuilder api)
    {
        var providers = api.MapGroup("/identity-providers").WithTags("Accounts");
        providers.MapGet("/", List).RequirePermission(Permission.SettingsRead).WithSummary("Providers of OpenID Connect that sign people in");
        providers.MapPost("/", Create).RequirePermission(Permission.SettingsWrite).WithSummary("Trust a provider");
        providers.MapPatch("/{id:guid}", Patch).RequirePermission(Permission.SettingsWrite).WithSummary("Change a provider");
        providers.MapDelete("/{id:guid}", Delete).RequirePermission(Permission.SettingsWrite).WithSummary("Trust a provider no more");
        providers.MapPost("/{id:guid}/test", Test).RequirePermission(Permission.SettingsWrite).WithSummary("Ask a provider for what it publishes");
    }

    /// <summary>A provider can open any account and give any role, so only who may do everything may name one.</summary>
    public static bool MayName(ClaimsPrincipal actor) => Roles.PermissionsOf(Role.OperatorAdmin).All(actor.Can);

    private static async Task<Ok<Page<IdentityProviderView>>> List(SaveIdentityProvider providers, CancellationToken ct) =>
        TypedResults.Ok(new Page<IdentityProviderView>([.. (await providers.List(ct)).Select(providers.View)], null));

    private static async Task<Results<Created<IdentityProviderView>, ValidationProblem, ProblemHttpResult>> Create(IdentityProviderPatch wish, HttpContext http, SaveIdentityProvider providers, CancellationToken ct)
    {
        if (!MayName(http.User))
        {
            return TooMuch();
        }

        var (made, faults) = await providers.Add(wish, ct);
        return made is null ? Problems.Invalid(faults.Errors) : TypedResults.Created($"/api/v1/identity-providers/{made.Id}", providers.View(made));
    }

    private static async Task<Results<Ok<IdentityProviderView>, ValidationProblem, ProblemHttpResult>> Patch(Guid id, IdentityProviderPatch patch, HttpContext http, SaveIdentityProvider providers, CancellationToken ct)
    {
        if (!MayName(http.User))
        {
            return TooMuch();
        }

        if (await providers.Find(id, ct) is not { } provider)
        {
            return Problems.NotFound("identity provider");
        }

        return await providers.Patch(provider, patch, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(providers.View(provider));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, HttpContext http, SaveIdentityProvider providers, CancellationToken ct)
    {
        if (!MayName(http.User))
        {
            return TooMuch();
        }

        if (await providers.Find(id, ct) is not { } provider)
        {
            return Problems.NotFound("identity provider");
        }

        await providers.Remove(provider, ct);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<ProviderTest>, ProblemHttpResult>> Test(Guid id, SaveIdentityProvider providers, CancellationToken ct) =>
        await providers.Find(id, ct) is { } provider ? TypedResults.Ok(await providers.Test(provider, ct)) : Problems.NotFound("identity provider");

    private static ProblemHttpResult TooMuch() => Problems.Of(StatusCodes.Status403Forbidden, "forbidden", "A provider can open every account: only who may do everything may name one.");
}
