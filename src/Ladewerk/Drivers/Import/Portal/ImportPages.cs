using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;

namespace Ladewerk.Drivers.Import.Portal;

/// <summary>What the pages of imports do.</summary>
internal static class ImportPages
{
    public const string Path = "/portal/drivers/imports";

    public static void MapImportPages(this WebApplication app)
    {
        var write = app.MapGroup(Path).RequirePermission(Permission.DriversWrite).ExcludeFromDescription();
        write.MapPost("/upload", Upload).WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(ImportApi.MostBytes));
        write.MapPost("/{id:guid}/start", (Guid id, HttpContext http, Imports imports, CancellationToken ct) => Move(id, ImportState.Running, http, imports, ct));
        write.MapPost("/{id:guid}/cancel", (Guid id, HttpContext http, Imports imports, CancellationToken ct) => Move(id, ImportState.Cancelled, http, imports, ct));
        write.MapPost("/{id:guid}/undo", (Guid id, HttpContext http, Imports imports, CancellationToken ct) => Move(id, ImportState.Undoing, http, imports, ct));
        var read = app.MapGroup("/portal/drivers").RequirePermission(Permission.DriversRead).ExcludeFromDescription();
        read.MapGet("/imports/{id:guid}/bad.csv", Bad);
        read.MapGet("/export.csv", Export);
    }

    public static Look Look(ImportState state) => state switch
    {
        ImportState.Checking => new("s-ch", "refresh", "drivers.import.state.checking"),
        ImportState.Ready => new("s-br", "hourglass", "drivers.import.state.ready"),
        ImportState.Running => new("s-ch", "refresh", "drivers.import.state.running"),
        ImportState.Finished => new("s-av", "circle-check", "drivers.import.state.finished"),
        ImportState.Cancelled => new("s-su", "player-pause", "drivers.import.state.cancelled"),
        ImportState.Undoing => new("s-ch", "refresh", "drivers.import.state.undoing"),
        ImportState.Undone => new("s-of", "history", "drivers.import.state.undone"),
        ImportState.Failed => new("s-fa", "alert-triangle", "drivers.import.state.failed"),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    private static async Task<IResult> Upload(HttpRequest request, HttpContext http, Imports imports, CancellationToken ct)
    {
        var file = await ImportApi.File(request, ct);
        var (made, unreadable) = file is { } sent ? await imports.Upload(sent.Name, sent.Text, start: false, ct) : (null, "empty");
        return made is null
            ? Answer.Page<ImportsView>(StatusCodes.Status422UnprocessableEntity, (nameof(ImportsView.Unreadable), unreadable))
            : Answer.Go(http, $"{Path}/{made.Id.Value}");
    }

    private static async Task<IResult> Move(Guid id, ImportState to, HttpContext http, Imports imports, CancellationToken ct)
    {
        if (await imports.Find(id, ct) is not { } import)
        {
            return Problems.NotFound("import");
        }

        await imports.Move(import, to, ct); // pressed twice, or too late: the page shows where it stands
        return Answer.Go(http, $"{Path}/{id}");
    }

    private static async Task<IResult> Bad(Guid id, Imports imports, HttpResponse response, CancellationToken ct)
    {
        if (await imports.Find(id, ct) is not { } import)
        {
            return Problems.NotFound("import");
        }

        await ImportApi.WriteBad(response, import.Id, imports, Texts.Language, ct);
        return TypedResults.Empty;
    }

    private static async Task Export(HttpResponse response, PeopleExport export, CancellationToken ct)
    {
        ImportApi.Attach(response, "drivers.csv");
        await export.Write(response.Body, Texts.Language == "de" ? ';' : ',', ct);
    }
}
