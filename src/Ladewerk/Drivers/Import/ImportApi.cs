using System.Text;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Drivers.Import;

/// <summary>A line at fault as the API shows it.</summary>
public sealed record ImportFaultView(string Column, string Code, string Text);

/// <summary>A line of an import as the API shows it.</summary>
/// <param name="Line">Line of the file.</param>
/// <param name="State">waiting, bad, done, undone or kept.</param>
public sealed record ImportLineView(int Line, string State, IReadOnlyList<ImportFaultView> Faults);

/// <summary><c>/drivers/import</c>, <c>/drivers/imports</c> and <c>/drivers/export</c></summary>
internal static class ImportApi
{
    public const long MostBytes = 50 << 20;

    public static void MapPeopleImport(this RouteGroupBuilder drivers)
    {
        drivers.MapPost("/import", Upload).RequirePermission(Permission.DriversWrite).Accepts<IFormFile>("text/csv", "multipart/form-data")
            .WithSummary("Bring a CSV file of drivers and badges; it is checked first")
            .WithDescription($"Columns: {string.Join(", ", PeopleFile.Columns)}. A line is known again by number, else e-mail, else uid. `start=true` runs it right after the dry run.");
        drivers.MapGet("/imports", List).RequirePermission(Permission.DriversRead).WithSummary("The latest imports");
        drivers.MapGet("/imports/{id:guid}", Get).RequirePermission(Permission.DriversRead).WithSummary("An import with its progress");
        drivers.MapGet("/imports/{id:guid}/rows", Rows).RequirePermission(Permission.DriversRead).WithSummary("Lines of an import; state=bad gives those at fault");
        drivers.MapGet("/imports/{id:guid}/bad.csv", Bad).RequirePermission(Permission.DriversRead).Produces(StatusCodes.Status200OK, contentType: "text/csv")
            .WithSummary("The lines at fault with what is wrong, to be put right and brought again");
        drivers.MapPost("/imports/{id:guid}/start", (Guid id, Imports imports, CancellationToken ct) => Move(id, ImportState.Running, imports, ct)).RequirePermission(Permission.DriversWrite).WithSummary("Start a checked import");
        drivers.MapPost("/imports/{id:guid}/cancel", (Guid id, Imports imports, CancellationToken ct) => Move(id, ImportState.Cancelled, imports, ct)).RequirePermission(Permission.DriversWrite).WithSummary("Stop an import; what was done stays");
        drivers.MapPost("/imports/{id:guid}/undo", (Guid id, Imports imports, CancellationToken ct) => Move(id, ImportState.Undoing, imports, ct)).RequirePermission(Permission.DriversWrite)
            .WithSummary("Take an import back, but for what has been used or changed since");
        drivers.MapGet("/export", Export).RequirePermission(Permission.DriversRead).Produces(StatusCodes.Status200OK, contentType: "text/csv").WithSummary("All drivers and badges as a CSV file with the columns of the import");
    }

    /// <summary>The uploaded file's name and text; null where there is none or it is too large.</summary>
    public static async Task<(string Name, string Text)?> File(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > MostBytes)
        {
            return null;
        }

        if (!request.HasFormContentType)
        {
            using var body = new StreamReader(request.Body, Encoding.UTF8);
            return ("import.csv", await body.ReadToEndAsync(ct));
        }

        if ((await request.ReadFormAsync(ct)).Files is not [{ Length: > 0 } file, ..])
        {
            return null;
        }

        using var text = new StreamReader(file.OpenReadStream(), Encoding.UTF8);
        return (Path.GetFileName(file.FileName), await text.ReadToEndAsync(ct));
    }

    /// <summary>The lines at fault as a file of the same columns, with the reasons in the reader's language in front.</summary>
    public static async Task WriteBad(HttpResponse response, PeopleImportId import, Imports imports, string language, CancellationToken ct)
    {
        Attach(response, "import-faults.csv");
        await using var file = new StreamWriter(response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true);
        var delimiter = language == "de" ? ';' : ',';
        await file.WriteAsync(Csv.Write(["line", "fault", .. PeopleFile.Columns], delimiter));
        var after = -1;
        while (await imports.Lines(import, "bad", after, 1000, ct) is { Count: > 0 } lines)
        {
            foreach (var line in lines)
            {
                var faults = string.Join(" ", line.Faults.Select(f => $"{f.Column}: {Texts.In(language, "drivers.import.fault." + f.Code)}"));
                await file.WriteAsync(Csv.Write([line.Line.ToString(System.Globalization.CultureInfo.InvariantCulture), faults, .. PeopleExport.Cells(line.Row)], delimiter));
            }

            after = lines[^1].Position;
        }
    }

    public static void Attach(HttpResponse response, string name)
    {
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        response.Headers.CacheControl = "no-store";
    }

    private static async Task<Results<Accepted<ImportView>, ValidationProblem>> Upload(HttpRequest request, Imports imports, bool start = false, CancellationToken ct = default)
    {
        if (await File(request, ct) is not { } file)
        {
            return Problems.Invalid("file", "A CSV file of at most 50 MB.");
        }

        var (made, unreadable) = await imports.Upload(file.Name, file.Text, start, ct);
        return made is null
            ? Problems.Invalid("file", Texts.In("en", "drivers.import.unreadable." + unreadable))
            : TypedResults.Accepted($"/api/v1/drivers/imports/{made.Id.Value}", ImportView.Of(made, ImportCounts.None));
    }

    private static async Task<Ok<Page<ImportView>>> List(Imports imports, CancellationToken ct) => TypedResults.Ok(new Page<ImportView>(await imports.Recent(100, ct), null));

    private static async Task<Results<Ok<ImportView>, ProblemHttpResult>> Get(Guid id, Imports imports, CancellationToken ct) =>
        await imports.View(id, ct) is { } view ? TypedResults.Ok(view) : Problems.NotFound("import");

    private static async Task<Results<Ok<Page<ImportLineView>>, ProblemHttpResult>> Rows(Guid id, string? state, int? limit, string? cursor, Imports imports, CancellationToken ct)
    {
        if (await imports.Find(id, ct) is not { } import)
        {
            return Problems.NotFound("import");
        }

        var count = Paging.Limit(limit);
        var after = int.TryParse(Paging.Decode(cursor), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var position) ? position : -1;
        var page = Paging.Of(await imports.Lines(import.Id, state, after, count + 1, ct), count, l => l.Position.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return TypedResults.Ok(new Page<ImportLineView>(
            [.. page.Items.Select(l => new ImportLineView(l.Line, l.State, [.. l.Faults.Select(f => new ImportFaultView(f.Column, f.Code, Texts.In("en", "drivers.import.fault." + f.Code)))]))], page.NextCursor));
    }

    private static async Task<IResult> Bad(Guid id, Imports imports, HttpResponse response, CancellationToken ct)
    {
        if (await imports.Find(id, ct) is not { } import)
        {
            return Problems.NotFound("import");
        }

        await WriteBad(response, import.Id, imports, Texts.Language, ct);
        return TypedResults.Empty;
    }

    private static async Task<Results<Accepted<ImportView>, ProblemHttpResult>> Move(Guid id, ImportState to, Imports imports, CancellationToken ct)
    {
        if (await imports.Find(id, ct) is not { } import)
        {
            return Problems.NotFound("import");
        }

        return await imports.Move(import, to, ct)
            ? TypedResults.Accepted($"/api/v1/drivers/imports/{id}", await imports.View(id, ct))
            : Problems.Conflict("import-state", "The import is not at a point where this can be done.");
    }

    private static async Task Export(HttpResponse response, PeopleExport export, CancellationToken ct)
    {
        Attach(response, "drivers.csv");
        await export.Write(response.Body, ',', ct);
    }
}
