using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Access.Portal;

/// <summary>What the forms of one's own account do.</summary>
internal static class OwnAccountPages
{
    public const string Place = "/portal/account";

    public static void MapOwnAccount(this WebApplication app)
    {
        var own = app.MapGroup(Place).ExcludeFromDescription();
        own.MapPost("/password", Password);
        own.MapPost("/email", Email);
        own.MapPost("/elsewhere", Elsewhere);
        own.MapPost("/second-factor/prepare", Prepare);
        own.MapPost("/second-factor", TurnOn);
        own.MapPost("/second-factor/codes", NewCodes);
        own.MapPost("/second-factor/off", TurnOff);
    }

    private static async Task<IResult> Password([FromForm] string? current, [FromForm] string? next, HttpContext http, OwnAccount own)
    {
        if (await own.Find(http) is not { } account)
        {
            return Problems.NotFound("account");
        }

        var errors = await own.ChangePassword(http, account, current ?? "", next ?? "");
        return errors.Count > 0 ? Again(errors) : Answer.Go(http, Place + "?done=password");
    }

    private static async Task<IResult> Email([FromForm] string? email, [FromForm] string? emailPassword, HttpContext http, OwnAccount own, CancellationToken ct)
    {
        if (await own.Find(http) is not { } account)
        {
            return Problems.NotFound("account");
        }

        var errors = await own.ChangeEmail(account, email?.Trim() ?? "", emailPassword ?? "", ct);
        return errors.Count > 0 ? Again(errors) : Answer.Go(http, Place + "?done=email");
    }

    private static async Task<IResult> Elsewhere(HttpContext http, OwnAccount own)
    {
        if (await own.Find(http) is not { } account)
        {
            return Problems.NotFound("account");
        }

        await own.SignOutElsewhere(http, account);
        return Answer.Go(http, Place + "?done=elsewhere");
    }

    private static async Task<IResult> Prepare(HttpContext http, OwnAccount own, SecondFactor second)
    {
        if (await own.Find(http) is not { } account)
        {
            return Problems.NotFound("account");
        }

        await second.Prepare(account);
        await own.Stay(account);
        return Answer.Go(http, Place + "#second-factor");
    }

    private static async Task<IResult> TurnOn([FromForm] string? code, HttpContext http, OwnAccount own, SecondFactor second)
    {
        if (await own.Find(http) is not { TwoFactorEnabled: false } account)
        {
            return Answer.Go(http, Place);
        }

        if (await second.TurnOn(account, code ?? "") is not { } codes)
        {
            return Again(new(StringComparer.Ordinal) { ["code"] = ["WrongCode"] });
        }

        await own.Stay(account);
        return Codes(codes);
    }

    private static async Task<IResult> NewCodes([FromForm] string? password, HttpContext http, OwnAccount own, SecondFactor second)
    {
        if (await own.Find(http) is not { TwoFactorEnabled: true } account)
        {
            return Answer.Go(http, Place);
        }

        return await own.Knows(account, password ?? "") ? Codes(await second.NewCodes(account)) : Again(new(StringComparer.Ordinal) { ["password"] = ["PasswordMismatch"] });
    }

    private static async Task<IResult> TurnOff([FromForm] string? password, HttpContext http, OwnAccount own, SecondFactor second)
    {
        if (await own.Find(http) is not { TwoFactorEnabled: true } account)
        {
            return Answer.Go(http, Place);
        }

        if (!await own.Knows(account, password ?? ""))
        {
            return Again(new(StringComparer.Ordinal) { ["password"] = ["PasswordMismatch"] });
        }

        await second.TurnOff(account);
        await own.Stay(account);
        return Answer.Go(http, Place + "?done=off");
    }

    private static RazorComponentResult<AnswerPage> Again(Dictionary<string, string[]> errors) => Answer.Page<OwnAccountView>(StatusCodes.Status422UnprocessableEntity, (nameof(OwnAccountView.Errors), errors));

    private static RazorComponentResult<AnswerPage> Codes(IReadOnlyList<string> codes) => Answer.Page<RecoveryCodesMade>(StatusCodes.Status200OK, (nameof(RecoveryCodesMade.Codes), codes));
}
