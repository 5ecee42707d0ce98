using System.Security.Claims;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Localization;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Access;

/// <summary>In which language a page comes: the one that the address asks for, else the account's, else the one chosen on this device, else the browser's, else German.</summary>
internal static class Language
{
    public const string Cookie = "lw-lang";

    public static void Configure(RequestLocalizationOptions options)
    {
        string[] languages = [.. Texts.Languages];
        options.SetDefaultCulture(languages[0]).AddSupportedCultures(languages).AddSupportedUICultures(languages);
        options.ApplyCurrentCultureToResponseHeaders = true;
        options.RequestCultureProviders =
        [
            new CustomRequestCultureProvider(http => Chosen(http.Request.Query["lang"])), // a guest without cookies
            new CustomRequestCultureProvider(http => Chosen(http.User.FindFirstValue(Principal.LocaleClaim))),
            new CustomRequestCultureProvider(http => Chosen(http.Request.Cookies[Cookie])),
            new AcceptLanguageHeaderRequestCultureProvider(),
        ];
    }

    /// <summary><c>POST /language</c> with <c>language</c> and <c>returnUrl</c>: remembers the choice on the device and in the account.</summary>
    public static async Task<RedirectHttpResult> Choose(
        [FromForm] string language, [FromForm] string? returnUrl, HttpContext http, UserManager<Account> accounts, SignInManager<Account> signIn)
    {
        if (Texts.Languages.Contains(language))
        {
            http.Response.Cookies.Append(Cookie, language, new()
            {
                HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, MaxAge = TimeSpan.FromDays(400), IsEssential = true,
            });
            if (await accounts.GetUserAsync(http.User) is { } account)
            {
                account.Locale = language;
                await accounts.UpdateAsync(account);
                await signIn.RefreshSignInAsync(account);
            }
        }

        return SignIn.Back(returnUrl, otherwise: "/");
    }

    private static Task<ProviderCultureResult?> Chosen(string? language) =>
        Task.FromResult(language is not null && Texts.Languages.Contains(language) ? new ProviderCultureResult(language) : null);
}
