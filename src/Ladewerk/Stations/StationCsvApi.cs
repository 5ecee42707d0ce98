using System.Text;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Stations;

/// <summary><c>/stations/import</c> and <c>/stations/export</c></summary>
internal static class StationCsvApi
{
    private const long MostBytes = 20 << 20;

    public static void MapStationCsv(this RouteGroupBuilder stations)
    {
        stations.MapPost("/import", Import).RequirePermission(Permission.StationsWrite).Accepts<IFormFile>("text/csv", "multipart/form-data")
            .WithSummary("Register stations from a CSV file, all or none")
            .WithDescription($"One line for each connector. Columns: {string.Join(", ", StationCsv.Header)}; only id is required. `dryRun=true` checks only. 422 with the same report where a line is at fault.");
        stations.MapGet("/export", Export).RequirePermission(Permission.StationsRead).Produces(StatusCodes.Status200OK, contentType: "text/csv")
            .WithSummary("All stations as a CSV file with the columns of the import");
    }

    private static async Task<Results<Ok<ImportReport>, UnprocessableEntity<ImportReport>, ValidationProblem>> Import(HttpRequest request, StationCsv csv, bool dryRun = false, CancellationToken ct = default)
    {
        if (request.ContentLength > MostBytes)
        {
            return Problems.Invalid("body", "At most 20 MB.");
        }

        var body = request.Body;
        if (request.HasFormContentType)
        {
            var form = await request.ReadFormAsync(ct);
            if (form.Files is not [{ } file, ..])
            {
                return Problems.Invalid("file", "Required.");
            }

            body = file.OpenReadStream();
        }

        using var reader = new StreamReader(body, Encoding.UTF8);
        var report = await csv.Import(await reader.ReadToEndAsync(ct), dryRun, ct);
        return report.Faults.Count == 0 ? TypedResults.Ok(report) : TypedResults.UnprocessableEntity(report);
    }

    private static async Task Export(HttpResponse response, StationReader stations, CancellationToken ct)
    {
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = "attachment; filename=\"stations.csv\"";
        var rows = await stations.List(new StationFilter(), after: null, int.MaxValue, ct);
        await using var writer = new StreamWriter(response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        await StationCsv.Export(writer, rows.Select(stations.View));
    }
}
