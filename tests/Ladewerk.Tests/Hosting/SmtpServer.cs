using System.Diagnostics;
using System.Text.Json;

namespace Ladewerk.Tests.Hosting;

/// <summary>A mail as a server that is not ours understood it.</summary>
public sealed record ReceivedMail(
    string To, string Sender, string ToName, string Subject, string Text, string Html, string MessageId, IReadOnlyDictionary<string, string> Headers,
    IReadOnlyList<ReceivedFile> Attachments, ReceivedFrom From, bool Secure, string? User)
{
    /// <summary>The first address in the text part that has this in it.</summary>
    public Uri Link(string part) => new(Text.Split(['\n', ' ']).First(word => word.StartsWith("http", StringComparison.Ordinal) && word.Contains(part, StringComparison.Ordinal)).Trim());
}

public sealed record ReceivedFile(string Name, string Type, long Size);

public sealed record ReceivedFrom(string Address, string Name);

/// <summary>
/// A real mail server (npm smtp-server) on a free port. <c>await using var mail = await SmtpServer.Start();</c> then start the host with
/// <c>options: mail.Options</c> and await <c>mail.Received("anna@example.org")</c>. Recipients at refused.example are turned away for ever,
/// those at later.example the first time.
/// </summary>
public sealed class SmtpServer : IAsyncDisposable
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "ThirdParty");
    private readonly Lock gate = new();
    private readonly List<ReceivedMail> all = [];
    private readonly List<ReceivedMail> taken = [];
    private readonly object wishes;
    private Process node;
    private Task reading;
    private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SmtpServer(object wishes, Process node, int port)
    {
        (this.wishes, this.node, Port) = (wishes, node, port);
        reading = Read(node.StandardOutput);
    }

    public int Port { get; }

    /// <summary>Every mail so far, in the order in which they came.</summary>
    public IReadOnlyList<ReceivedMail> All
    {
        get
        {
            lock (gate)
            {
                return [.. all];
            }
        }
    }

    /// <summary>Settings of a host that sends here.</summary>
    public Dictionary<string, string?> Options => new(StringComparer.Ordinal)
    {
        ["Smtp:Host"] = "127.0.0.1", ["Smtp:Port"] = $"{Port}", ["Smtp:From"] = "laden@stadtwerke.example", ["Smtp:UseTls"] = "false", ["Smtp:Poll"] = "00:00:00.100",
    };

    /// <summary>Starts a server.</summary>
    /// <param name="user">Asks for this user; null: for none.</param>
    /// <param name="certificate">PEM files of certificate and key: offers STARTTLS and demands it before sign-in.</param>
    public static async Task<SmtpServer> Start(string? user = null, string? password = null, (string Certificate, string Key)? certificate = null)
    {
        var asked = new { user, password, cert = certificate?.Certificate, key = certificate?.Key };
        var (started, port) = await Run(asked, 0);
        return new SmtpServer(asked, started, port);
    }

    /// <summary>The next mail to an address that was not asked for yet; waits for it.</summary>
    public async Task<ReceivedMail> Received(string to, Func<ReceivedMail, bool>? which = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            Task next;
            lock (gate)
            {
                next = more.Task;
                if (all.Find(m => string.Equals(m.To, to, StringComparison.OrdinalIgnoreCase) && !taken.Contains(m) && which?.Invoke(m) != false) is { } mail)
                {
                    taken.Add(mail);
                    return mail;
                }
            }

            try
            {
                await next.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException late)
            {
                throw new InvalidOperationException($"No mail came to {to}; those that came: {string.Join(", ", All.Select(m => $"{m.To} “{m.Subject}”"))}", late);
            }
        }
    }

    /// <summary>The server is gone.</summary>
    public async Task Stop()
    {
        if (!node.HasExited)
        {
            node.Kill();
        }

        await node.WaitForExitAsync();
        await reading;
    }

    /// <summary>And there again, at the same port.</summary>
    public async Task StartAgain()
    {
        (node, _) = await Run(wishes, Port);
        reading = Read(node.StandardOutput);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        node.Dispose();
    }

    private static async Task<(Process Node, int Port)> Run(object asked, int port)
    {
        Directory.Exists(Path.Combine(Folder, "node_modules")).ShouldBeTrue("run ./test, or npm ci in tests/Ladewerk.Tests/ThirdParty");
        var settings = JsonSerializer.SerializeToNode(asked)!;
        settings["port"] = port;
        var started = Process.Start(new ProcessStartInfo("node", ["smtp.mjs", settings.ToJsonString()])
        {
            WorkingDirectory = Folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true,
        })!;
        var first = await started.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The mail server did not start.");
        return (started, JsonDocument.Parse(first).RootElement.GetProperty("port").GetInt32());
    }

    private async Task Read(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            var mail = JsonSerializer.Deserialize<ReceivedMail>(line, JsonSerializerOptions.Web)!;
            lock (gate)
            {
                all.Add(mail);
                more.SetResult();
                more = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
