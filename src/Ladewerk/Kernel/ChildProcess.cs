using System.Diagnostics;

namespace Ladewerk.Kernel;

/// <summary>Runs a short command to its end.</summary>
internal static class ChildProcess
{
    /// <summary>Exit code and what the command wrote to both outputs.</summary>
    public static async Task<(int Code, string Output)> Run(string program, IEnumerable<string> arguments, CancellationToken ct)
    {
        using var process = new Process { StartInfo = Describe(program, arguments) };
        process.StartInfo.RedirectStandardOutput = true;
        process.Start();
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var error = process.StandardError.ReadToEndAsync(ct);
        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, (await output + await error).Trim());
    }

    /// <summary>A start description with its standard error redirected, run from the root directory: an unprivileged child may not be able to read ours.</summary>
    public static ProcessStartInfo Describe(string program, IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true, WorkingDirectory = "/" };
        info.Environment["LC_ALL"] = "C";
        foreach (var name in info.Environment.Keys.Where(key => key.StartsWith("PG", StringComparison.Ordinal)).ToArray())
            info.Environment.Remove(name);
        return info;
    }
}
