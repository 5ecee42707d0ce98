using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Ladewerk.Kernel;

/// <summary>The program that makes PDFs is not on this machine.</summary>
public sealed class PdfRendererMissingException(string program)
    : Exception($"WeasyPrint ({program}) is not on this machine. Install it with: sudo apt-get install weasyprint");

/// <summary>The program ran and made no document.</summary>
public sealed class PdfRendererFailedException(string message) : Exception(message);

/// <summary>How documents are made.</summary>
/// <param name="Program">WeasyPrint: a path, or a name to be found in PATH.</param>
/// <param name="AtOnce">Documents made at the same time on this node.</param>
/// <param name="Timeout">A document that takes longer is given up.</param>
internal sealed record PdfLimits(string Program, int AtOnce, TimeSpan Timeout);

/// <summary>
/// HTML to PDF/A-3b by WeasyPrint: a process of its own per document, without a shell, in a folder of its own that is removed after,
/// with a time limit, a few at a time, and without a way to the network.
/// </summary>
internal sealed partial class PdfRenderer(PdfLimits limits, TimeProvider time, ILogger<PdfRenderer> logger) : IDisposable
{
    /// <summary>Nothing listens there, so whatever a page refers to by http, https or ftp is not fetched.</summary>
    private const string Nowhere = "http://127.0.0.1:9";

    private readonly SemaphoreSlim places = new(limits.AtOnce);

    /// <summary>Makes a document of a complete page.</summary>
    /// <param name="attachment">A file that is put into the document.</param>
    /// <exception cref="PdfRendererMissingException">WeasyPrint is not installed.</exception>
    /// <exception cref="PdfRendererFailedException">It failed or took too long.</exception>
    public async Task<byte[]> Render(string html, CancellationToken ct, (string Name, byte[] Content)? attachment = null)
    {
        await places.WaitAsync(ct);
        var folder = Directory.CreateTempSubdirectory("ladewerk-pdf-").FullName;
        try
        {
            var (page, document) = (Path.Combine(folder, "page.html"), Path.Combine(folder, "document.pdf"));
            await File.WriteAllTextAsync(page, html, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), ct);
            if (attachment is var (name, content))
            {
                await File.WriteAllBytesAsync(Path.Combine(folder, name), content, ct);
            }

            await Run(page, document, folder, attachment?.Name, ct);
            return await File.ReadAllBytesAsync(document, ct);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            places.Release();
        }
    }

    public void Dispose() => places.Dispose();

    private async Task Run(string page, string document, string folder, string? attachment, CancellationToken ct)
    {
        using var process = Start(page, document, folder, attachment);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var timer = time.CreateTimer(_ => limit.Cancel(), null, limits.Timeout, System.Threading.Timeout.InfiniteTimeSpan);
        var said = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            ct.ThrowIfCancellationRequested();
            throw new PdfRendererFailedException($"WeasyPrint took longer than {limits.Timeout}.");
        }

        var words = (await said).Trim();
        if (process.ExitCode != 0 || !File.Exists(document))
        {
            throw new PdfRendererFailedException($"WeasyPrint ended with {process.ExitCode}: {words[..Math.Min(words.Length, 500)]}");
        }

        if (words.Length > 0)
        {
            LogWarnings(words[..Math.Min(words.Length, 500)]);
        }
    }

    private Process Start(string page, string document, string folder, string? attachment)
    {
        string[] with = attachment is null ? [] : ["--attachment", Path.Combine(folder, attachment)];
        var info = new ProcessStartInfo(limits.Program, ["--encoding", "utf-8", "--media-type", "print", "--pdf-variant", "pdf/a-3b", .. with, page, document])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        var path = info.Environment["PATH"];
        info.Environment.Clear();
        info.Environment["PATH"] = path;
        info.Environment["LC_ALL"] = "C.UTF-8";
        info.Environment["HOME"] = folder;

        // The same page gives the same bytes: font subsets carry a time, and sets an order.
        info.Environment["SOURCE_DATE_EPOCH"] = "1";
        info.Environment["PYTHONHASHSEED"] = "0";
        info.Environment["XDG_CACHE_HOME"] = Path.Combine(Path.GetTempPath(), "ladewerk-fonts");
        foreach (var name in (string[])["http_proxy", "https_proxy", "ftp_proxy", "all_proxy"])
        {
            info.Environment[name] = Nowhere;
        }

        try
        {
            return Process.Start(info) ?? throw new PdfRendererFailedException("WeasyPrint could not be started.");
        }
        catch (Win32Exception missing) when (missing.NativeErrorCode is 2 or 13) // ENOENT, EACCES
        {
            throw new PdfRendererMissingException(limits.Program);
        }
    }

    [LoggerMessage(LogLevel.Debug, "WeasyPrint says: {Words}")]
    private partial void LogWarnings(string words);
}
