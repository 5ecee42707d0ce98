using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Access;

/// <summary>What the forms of one's own passkeys do, in the portal and in the driver's app alike: they lead back to where they stand.</summary>
internal static class PasskeyPages
{
    /// <summary>Where they are asked for.</summary>
    public const string Place = "/account/passkeys";

    public static void Map(WebApplication app)
    {
        var own = app.MapGroup(Place).ExcludeFromDescription();
        own.MapPost("/options", Options);
        own.MapPost("", Add);
        own.MapPost("/{id}/rename", Rename);
        own.MapPost("/{id}/remove", Remove);
    }

    private static async Task<IResult> Options(HttpContext http, OwnAccount own, Passkeys passkeys) => await own.Find(http) is { } account
        ? TypedResults.Content(await passkeys.CreationOptions(account), "application/json")
        : Problems.NotFound("account");

    private static async Task<IResult> Add([FromForm] string? credential, [FromForm] string? name, [FromForm] string? back, HttpContext http, OwnAccount own, Passkeys passkeys, CancellationToken ct)
    {
        if (await own.Find(http) is not { } account)
        {
            return Problems.NotFound("account");
        }

        return Back(back, await passkeys.Add(account, credential ?? "", name ?? "", ct) ? "passkey" : "passkeyRefused");
    }

    private static async Task<IResult> Rename(string id, [FromForm] string? name, [FromForm] string? back, HttpContext http, OwnAccount own, Passkeys passkeys) =>
        await own.Find(http) is { } account && await passkeys.Rename(account, id, name ?? "") ? Back(back, "passkeyRenamed") : Problems.NotFound("passkey");

    private static async Task<IResult> Remove(string id, [FromForm] string? back, HttpContext http, OwnAccount own, Passkeys passkeys, CancellationToken ct) =>
        await own.Find(http) is { } account && await passkeys.Remove(account, id, ct) ? Back(back, "passkeyRemoved") : Problems.NotFound("passkey");

    private static RedirectHttpResult Back(string? back, string done)
    {
        var place = back ?? Portal.OwnAccountPages.Place;
        return SignIn.Back($"{place}{(place.Contains('?', StringComparison.Ordinal) ? '&' : '?')}done={done}", Portal.OwnAccountPages.Place);
    }
}
