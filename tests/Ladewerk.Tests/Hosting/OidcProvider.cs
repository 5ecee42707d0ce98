using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Ladewerk.Tests.Hosting;

/// <summary>A real provider of OpenID Connect (npm oidc-provider) on a free port, and somebody who signs in at it.</summary>
public sealed partial class OidcProvider : IAsyncDisposable
{
    public const string ClientId = "ladewerk", Secret = "a secret with spaces & signs: %";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "ThirdParty");
    private readonly Process node;

    private OidcProvider(Process node, int port)
    {
        (this.node, Port) = (node, port);
    }

    public int Port { get; }

    public string Issuer => $"http://127.0.0.1:{Port}";

    /// <summary>Starts one whose people are known by their names, each with the claims given.</summary>
    public static async Task<OidcProvider> Start(LadewerkHost host, object people, string algorithm = "RS256", int? port = null)
    {
        Directory.Exists(Path.Combine(Folder, "node_modules")).ShouldBeTrue("run ./test, or npm ci in tests/Ladewerk.Tests/ThirdParty");
        var settings = JsonSerializer.Serialize(new { port, redirect = new Uri(host.Address, "/sign-in/callback").AbsoluteUri, algorithm, people });
        var started = Process.Start(new ProcessStartInfo("node", ["oidc.mjs", settings]) { WorkingDirectory = Folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        started.ErrorDataReceived += (_, _) => { }; // it warns of development settings
        started.BeginErrorReadLine();
        var first = await started.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The provider did not start.");
        return new OidcProvider(started, JsonDocument.Parse(first).RootElement.GetProperty("port").GetInt32());
    }

    /// <summary>Signs in at the provider, from the address to which the product sent the browser to the one to which the provider sends it back.</summary>
    public async Task<Uri> SignIn(Uri authorize, string who)
    {
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = true });
        var answer = await browser.GetAsync(authorize);
        for (var step = 0; step < 12; step++)
        {
            if (answer.StatusCode is HttpStatusCode.Found or HttpStatusCode.SeeOther)
            {
                var to = new Uri(new Uri(Issuer), answer.Headers.Location!);
                if (to.AbsolutePath == "/sign-in/callback")
                {
                    return to;
                }

                answer = await browser.GetAsync(to);
            }
            else
            {
                var page = await answer.Content.ReadAsStringAsync();
                answer.StatusCode.ShouldBe(HttpStatusCode.OK, page);
                using var form = new FormUrlEncodedContent([new("prompt", "login"), new("login", who), new("password", "any")]);
                answer = await browser.PostAsync(new Uri(new Uri(Issuer), FormPattern().Match(page).Groups["action"].Value), form);
            }
        }

        throw new InvalidOperationException("The provider never came to an end.");
    }

    public async ValueTask DisposeAsync()
    {
        if (!node.HasExited)
        {
            node.Kill();
        }

        await node.WaitForExitAsync();
        node.Dispose();
    }

    [GeneratedRegex("action=\"(?<action>[^\"]+)\"", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex FormPattern();
}
