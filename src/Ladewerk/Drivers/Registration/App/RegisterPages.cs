using Ladewerk.Access;
using Ladewerk.DriverApp;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ladewerk.Drivers.Registration.App;

/// <summary><c>/register</c>: how somebody becomes a driver. Its operator is named in the address; without a name it is the first one.</summary>
internal static class RegisterPages
{
    private const string Path = "/register";

    public static void MapRegisterPages(this WebApplication app)
    {
        app.MapGet(Path, (string? tenant, string? code, HttpContext http, Scope scope, CancellationToken ct) => Form(tenant, code, http, scope, ct)).AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/{tenant}/register", (string tenant, string? code, HttpContext http, Scope scope, CancellationToken ct) => Form(tenant, code, http, scope, ct)).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(Path, Submit).AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
        app.MapGet(Path + "/status", Status).RequirePermission(Permission.App).ExcludeFromDescription();
    }

    /// <summary>Finds the operator whose page it is, and works for it from then on.</summary>
    internal sealed class Scope(LadewerkDb db, TenantContext context, OperatorLooks looks, IOptions<BootstrapOptions> bootstrap)
    {
        public async Task<OperatorLook?> Enter(string? slug, CancellationToken ct)
        {
            slug = string.IsNullOrEmpty(slug) ? bootstrap.Value.Tenant : slug;
            if (await db.Set<Tenant>().AsNoTracking().Where(t => t.Slug == slug).Select(t => (TenantId?)t.Id).SingleOrDefaultAsync(ct) is not { } found)
            {
                return null;
            }

            context.Use(found);
            return await looks.Current(ct);
        }
    }

    private static async Task<IResult> Form(string? tenant, string? code, HttpContext http, Scope scope, CancellationToken ct)
    {
        if (await scope.Enter(tenant, ct) is not { } look)
        {
            return Problems.NotFound("operator");
        }

        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["Referrer-Policy"] = "no-referrer"; // an invitation's code may stand in the address
        var rules = await http.RequestServices.GetRequiredService<RegisterDriver>().Rules(ct);
        return rules.Mode == RegistrationMode.Closed ? Word(look, "closed", "info", 1) : Page(look, rules, new() { [nameof(RegisterPage.Code)] = code is { Length: <= 40 } ? code : null });
    }

    private static async Task<IResult> Submit(HttpContext http, Scope scope, RegisterDriver register, IAntiforgery antiforgery, CancellationToken ct)
    {
        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(ct) : FormCollection.Empty;
        if (await scope.Enter(form["tenant"], ct) is not { } look)
        {
            return Problems.NotFound("operator");
        }

        http.Response.Headers.CacheControl = "no-store";
        var wish = new NewDriverRegistration(form["email"].ToString().Trim(), form["name"].ToString().Trim(), form["lang"] == "en" ? "en" : form["lang"] == "de" ? "de" : Texts.Language, form["code"].ToString().Trim(), form["consents"].OfType<string>().ToHashSet(StringComparer.Ordinal));
        var rules = await register.Rules(ct);
        if (rules.Mode == RegistrationMode.Closed)
        {
            return Word(look, "closed", "info", 1);
        }

        if (!await antiforgery.IsRequestValidAsync(http))
        {
            return Page(look, rules, Again(wish, new Faults().Add("stale", "Send it again.")), StatusCodes.Status400BadRequest);
        }

        var (faults, tooMany) = await register.Run(wish, ct);
        return tooMany ? Page(look, rules, Again(wish, new Faults().Add("tooMany", "Later.")), StatusCodes.Status429TooManyRequests)
            : faults.Any ? Page(look, rules, Again(wish, faults), StatusCodes.Status422UnprocessableEntity)
            : Word(look, "sent", "mail", 2, wish.Email);
    }

    /// <summary>Where the own registration stands, for somebody who is signed in and no driver yet.</summary>
    private static async Task<IResult> Status(CurrentDriver current, OperatorLooks looks, LadewerkDb db, CancellationToken ct)
    {
        var look = await looks.Current(ct);
        if (await current.Find(ct) is not null)
        {
            return Word(look, "accepted", "check", 3);
        }

        var own = await db.Set<DriverRegistration>().AsNoTracking().SingleOrDefaultAsync(r => r.AccountId == current.AccountId, ct);
        return own?.State == RegistrationState.Refused ? Word(look, "refused", "info", 3, reason: own.Reason) : Word(look, "waiting", "clock", 3);
    }

    private static Dictionary<string, object?> Again(NewDriverRegistration wish, Faults faults) => new(StringComparer.Ordinal)
    {
        [nameof(RegisterPage.Email)] = wish.Email, [nameof(RegisterPage.Name)] = wish.Name, [nameof(RegisterPage.Code)] = wish.Code, [nameof(RegisterPage.Given)] = wish.Consents, [nameof(RegisterPage.Faults)] = faults.Errors,
    };

    private static Microsoft.AspNetCore.Http.HttpResults.RazorComponentResult<RegisterPage> Page(OperatorLook look, RegistrationRules rules, Dictionary<string, object?> values, int status = StatusCodes.Status200OK)
    {
        (values[nameof(RegisterPage.Look)], values[nameof(RegisterPage.Rules)]) = (look, rules);
        return new(values) { StatusCode = status };
    }

    private static Microsoft.AspNetCore.Http.HttpResults.RazorComponentResult<RegisterWord> Word(OperatorLook look, string what, string icon, int step, string? detail = null, string? reason = null) =>
        new(new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [nameof(RegisterWord.Look)] = look, [nameof(RegisterWord.What)] = what, [nameof(RegisterWord.Icon)] = icon, [nameof(RegisterWord.Step)] = step, [nameof(RegisterWord.Detail)] = detail, [nameof(RegisterWord.Reason)] = reason,
        });
}
