using System.Net;
using Ladewerk.Tests.Access;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Notifications;

/// <summary>Short ways for tests of notifications.</summary>
internal static class NotifyHost
{
    /// <summary>Settings by which notifications run quickly.</summary>
    public static Dictionary<string, string?> Quick(params IReadOnlyDictionary<string, string?>[] more)
    {
        var options = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Ocpp:Onboarding"] = "Open", ["Notifications:Every"] = "00:00:00.150" };
        foreach (var (key, value) in more.SelectMany(m => m))
        {
            options[key] = value;
        }

        return options;
    }

    /// <summary>A driver with a badge; gives his id.</summary>
    public static async Task<Guid> Driver(LadewerkHost host, string email, string uid, string locale = "de")
    {
        var driver = await host.Api.Post("/api/v1/drivers", new { name = "Eva Muster", email, locale }).Is(HttpStatusCode.Created);
        var id = driver.GetProperty("id").GetGuid();
        await host.Api.Post("/api/v1/id-tokens", new { uid, driverId = id }).Is(HttpStatusCode.Created);
        return id;
    }

    /// <summary>The administrator in a browser.</summary>
    public static async Task<HttpClient> Admin(LadewerkHost host)
    {
        var browser = host.Stranger();
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);
        return browser;
    }

    public static async Task Sql(LadewerkHost host, string sql)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<T> Scalar<T>(LadewerkHost host, string sql)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public static async Task Until(Func<Task<bool>> holds, Func<Task<string>>? what = null)
    {
        for (var i = 0; i < 400 && !await holds(); i++)
        {
            await Task.Delay(75);
        }

        (await holds()).ShouldBeTrue(what is null ? null : await what());
    }
}
