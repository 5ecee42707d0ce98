using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Ladewerk.Tests.Hosting;
using Npgsql;

namespace Ladewerk.Tests.Access;

/// <summary>The second factor, from the page that sets it up to the sign-in that asks for it.</summary>
public sealed partial class SecondFactorTests(Database database)
{
    private const string Own = "/portal/account";

    [Fact]
    public async Task Signing_in_asks_for_the_apps_code_and_takes_it_once()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        var (key, _) = await TurnOn(browser);
        using var another = host.Stranger();

        (await SignInTests.SignIn(another, LadewerkHost.AdminPassword)).Headers.Location!.ToString().ShouldBe("/second-factor");
        (await another.GetAsync("/api/v1/accounts")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized); // the password alone opens nothing
        (await Code(another, "000000")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var used = CodeOf(key, steps: 1); // the one that turned it on was for this step
        (await Code(another, used)).Headers.Location!.ToString().ShouldBe("/portal");
        (await another.GetAsync("/api/v1/accounts")).StatusCode.ShouldBe(HttpStatusCode.OK);

        using var thief = host.Stranger();
        await SignInTests.SignIn(thief, LadewerkHost.AdminPassword);
        (await Code(thief, used)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_recovery_code_works_once_and_nothing_secret_lies_open_in_the_database()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        var (key, codes) = await TurnOn(browser);
        codes.Count.ShouldBe(10);

        using var another = host.Stranger();
        await SignInTests.SignIn(another, LadewerkHost.AdminPassword);
        (await Code(another, codes[3])).Headers.Location!.ToString().ShouldBe("/portal");
        using var again = host.Stranger();
        await SignInTests.SignIn(again, LadewerkHost.AdminPassword);
        (await Code(again, codes[3])).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);

        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var read = data.CreateCommand("select string_agg(value, ' ') from account_secret");
        var kept = (string)(await read.ExecuteScalarAsync())!;
        kept.ShouldNotContain(key);
        kept.ShouldNotContain(codes[0]);
    }

    [Fact]
    public async Task Turning_it_off_asks_for_the_password()
    {
        await using var host = await LadewerkHost.Start(database);
        using var browser = host.Stranger();
        await TurnOn(browser);

        (await Post(browser, "/second-factor/off", ("password", "wrong"))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await Post(browser, "/second-factor/off", ("password", LadewerkHost.AdminPassword))).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        using var another = host.Stranger();
        (await SignInTests.SignIn(another, LadewerkHost.AdminPassword)).Headers.Location!.ToString().ShouldBe("/portal");
    }

    [Fact]
    public async Task A_new_password_ends_all_other_sign_ins()
    {
        await using var host = await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["Access:RecheckEvery"] = "00:00:00" });
        using var browser = host.Stranger();
        using var elsewhere = host.Stranger();
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);
        await SignInTests.SignIn(elsewhere, LadewerkHost.AdminPassword);

        (await Post(browser, "/password", ("current", "wrong"), ("next", "a whole new sentence"))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await Post(browser, "/password", ("current", LadewerkHost.AdminPassword), ("next", "short"))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await Post(browser, "/password", ("current", LadewerkHost.AdminPassword), ("next", "a whole new sentence"))).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        (await browser.GetAsync("/api/v1/accounts")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await elsewhere.GetAsync("/api/v1/accounts")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    /// <summary>Signs in, sets the app up, and gives its key and the recovery codes.</summary>
    internal static async Task<(string Key, IReadOnlyList<string> Codes)> TurnOn(HttpClient browser)
    {
        await SignInTests.SignIn(browser, LadewerkHost.AdminPassword);
        (await Post(browser, "/second-factor/prepare")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var key = KeyPattern().Match(await browser.GetStringAsync(Own)).Groups["key"].Value.Replace(" ", "", StringComparison.Ordinal);
        key.Length.ShouldBe(32);
        (await Post(browser, "/second-factor", ("code", "123"))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var made = await Post(browser, "/second-factor", ("code", CodeOf(key)));
        made.StatusCode.ShouldBe(HttpStatusCode.OK);
        var page = await made.Content.ReadAsStringAsync();
        var shown = page[page.IndexOf("id=\"codes\"", StringComparison.Ordinal)..]; // a token elsewhere on the page may look like a code
        return (key, [.. CodePattern().Matches(shown[..shown.IndexOf("</code>", StringComparison.Ordinal)]).Select(m => m.Value)]);
    }

    private static async Task<HttpResponseMessage> Post(HttpClient browser, string path, params (string Name, string Value)[] fields)
    {
        var token = SignInTests.Token(await browser.GetStringAsync(Own));
        using var form = new FormUrlEncodedContent([.. fields.Select(f => KeyValuePair.Create(f.Name, f.Value)), new("__RequestVerificationToken", token)]);
        return await browser.PostAsync(Own + path, form);
    }

    internal static async Task<HttpResponseMessage> Code(HttpClient browser, string code)
    {
        var token = SignInTests.Token(await browser.GetStringAsync("/second-factor"));
        using var form = new FormUrlEncodedContent([new("code", code), new("__RequestVerificationToken", token)]);
        return await browser.PostAsync("/second-factor", form);
    }

    /// <summary>What an authenticator app shows (RFC 6238): of this half minute, or of one soon.</summary>
    internal static string CodeOf(string key, int steps = 0)
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var secret = key.Select(c => Alphabet.IndexOf(c, StringComparison.Ordinal)).SelectMany(five => Enumerable.Range(0, 5).Select(bit => (five >> (4 - bit)) & 1))
            .Chunk(8).Where(bits => bits.Length == 8).Select(bits => (byte)bits.Aggregate(0, (sum, bit) => (sum << 1) | bit)).ToArray();
        var step = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(step, (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 30) + steps);
#pragma warning disable CA5350 // RFC 6238: what every app computes
        var hash = HMACSHA1.HashData(secret, step);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & 0x7fff_ffff;
        return (number % 1_000_000).ToString("D6", System.Globalization.CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("<code id=\"key\"[^>]*>(?<key>[A-Z2-7 ]+)<", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex KeyPattern();

    [GeneratedRegex("[2-9A-Z]{5}-[2-9A-Z]{5}", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex CodePattern();
}
