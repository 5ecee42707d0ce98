using System.CommandLine;
using Ladewerk.Simulator.Api;

namespace Ladewerk.Simulator.Load;

/// <summary><c>verify</c>: checks a journal of <c>load --crash-log</c> against the server.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var journal = new Option<string>("--journal") { Description = "File that load --crash-log wrote", Required = true };
        var api = CommandOptions.Address("--api", "Server's address", required: true);
        var key = CommandOptions.Key();
        var command = new Command("verify", "Check that everything in a journal is in the server once: sessions, energy, and every reading") { journal, api, key };
        command.SetAction(async (parsed, ct) =>
        {
            if (parsed.GetValue(key) is not { } secret)
            {
                await Console.Error.WriteLineAsync("An API key is needed: --key or LADEWERK_API_KEY.");
                return 2;
            }

            using var client = new ApiClient(parsed.GetValue(api)!, secret);
            var (sessions, from) = Journal.Read(parsed.GetValue(journal)!);
            var result = await Verification.Verify(client, sessions, from, withSamples: true, ct);
            await LoadReport.Write(result, Console.Out);
            return result.Ok ? 0 : 1;
        });
        return command;
    }
}
