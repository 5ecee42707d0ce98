using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Kernel.Http;

/// <summary>A document that is printed on demand, as an answer.</summary>
internal static class PdfAnswer
{
    /// <summary>What cannot be printed because it is not there (null) is 404; 503 <c>document-pending</c> where documents cannot be made.</summary>
    /// <param name="thing">What is missing, for the problem.</param>
    /// <param name="name">Name of the file.</param>
    public static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Of(Func<Task<byte[]?>> print, string thing, string name)
    {
        try
        {
            return await print() is { } document ? TypedResults.File(document, "application/pdf", name) : Problems.NotFound(thing);
        }
        catch (PdfRendererMissingException missing)
        {
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "document-pending", missing.Message);
        }
    }
}
