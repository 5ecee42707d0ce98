using System.Diagnostics;

namespace Ladewerk.Tests.Billing;

/// <summary>What the programs of poppler and qpdf say of a document.</summary>
internal static class PdfTools
{
    /// <summary>Its words as they stand on the pages.</summary>
    public static async Task<string> Text(byte[] pdf) => (await Run("pdftotext", pdf, "-layout")).Replace('\u00A0', ' ');

    /// <summary>The only file within it.</summary>
    public static async Task<(string Name, byte[] Content)> Attachment(byte[] pdf)
    {
        var list = await Run("pdfdetach", pdf, "-list");
        var target = Path.GetTempFileName();
        try
        {
            await Run("pdfdetach", pdf, "-save", "1", "-o", target);
            list.ShouldStartWith("1 embedded file");
            return (list.Split(':')[^1].Trim(), await File.ReadAllBytesAsync(target));
        }
        finally
        {
            File.Delete(target);
        }
    }

    /// <summary>Runs a program on a document; it must be content with it.</summary>
    public static async Task<string> Run(string program, byte[] pdf, params string[] options)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, pdf);
        string[] arguments = program == "pdftotext" ? [.. options, file, "-"] : [.. options, file];
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        File.Delete(file);
        process.ExitCode.ShouldBe(0, output);
        return output;
    }
}
