using Ladewerk.Access.Tenants;
using Ladewerk.Kernel.Http;

using Ladewerk.Access.App;
using Ladewerk.Access.External;
using Ladewerk.Access.External.Portal;

namespace Ladewerk.Access;

/// <summary>The routes of Access.</summary>
internal static class Api
{
    public static void MapAccess(this RouteGroupBuilder api)
    {
        api.MapApiKeys();
        api.MapAccounts();
        api.MapIdentityProviders();
        api.MapTenant();
        api.MapTenants();
        api.MapAudit();
        api.MapGet("/events", LiveEvents.Stream).RequirePermission(Permission.StationsRead).WithTags("Live")
            .WithSummary("Server-sent events of the tenant, each named by its topic").Produces(StatusCodes.Status200OK, contentType: "text/event-stream");
    }

    /// <summary>The pages of sign-in; the only ones that a stranger gets.</summary>
    public static void MapSignIn(this WebApplication app)
    {
        app.MapGet("/", SignIn.Page).AllowAnonymous().ExcludeFromDescription();
        // Checks the token itself, to answer a stale page with a fresh one.
        app.MapPost("/", SignIn.Submit).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
        app.MapGet(ChooseOperator.Path, ChooseOperator.Page).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(ChooseOperator.Path, ChooseOperator.Submit).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
        app.MapGet(SignIn.CodePath, SignIn.CodePage).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(SignIn.CodePath, SignIn.SubmitCode).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
        app.MapPost(SignIn.PasskeyPath + "/options", SignIn.PasskeyOptions).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
        app.MapPost(SignIn.PasskeyPath, SignIn.SubmitPasskey).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
        PasskeyPages.Map(app);
        SignInPages.Map(app);
        AskForLink.Map(app);
        ExternalSignIn.Map(app);
        app.MapSignInSettings();
        app.MapAccountApp();
        FollowLink.Map(app);
        app.MapPost("/sign-out", SignIn.Out).ExcludeFromDescription();
        app.MapPost("/language", Language.Choose).AllowAnonymous().ExcludeFromDescription();
    }
}
