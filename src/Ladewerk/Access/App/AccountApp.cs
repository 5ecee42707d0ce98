using Ladewerk.DriverApp;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Access.App;

/// <summary>The driver's page of signing in.</summary>
internal static class AccountApp
{
    public const string Place = "/app/account";

    public static IServiceCollection AddAccountApp(this IServiceCollection services) => services.AddSingleton(new AppLink(10, "finger", "access.app", Place));

    public static void MapAccountApp(this WebApplication app) => app.MapGet(Place, Page).RequirePermission(Permission.App).ExcludeFromDescription();

    private static async Task<RazorComponentResult<AccountPage>> Page(string? done, OperatorLooks looks, CancellationToken ct) =>
        new(new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(AccountPage.Look)] = await looks.Current(ct), [nameof(AccountPage.Done)] = done });
}
