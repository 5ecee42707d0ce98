using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Payments.Terminals;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Ladewerk.Stations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Portal;

/// <summary>What the forms of the card readers' pages do.</summary>
internal static class TerminalsPortal
{
    private const string List = "/portal/payments/terminals";

    public static void MapTerminalsPortal(this WebApplication app)
    {
        var terminals = app.MapGroup(List).OfModule(Module.Billing).RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
        terminals.MapGet("/new", async (LadewerkDb db, Texts t, CancellationToken ct) => Form(t, await Sites(db, ct), new NewTerminal(Guid.Empty, ""), null));
        terminals.MapPost("/new", Register);
        terminals.MapPost("/{id:guid}/save", Change);
        terminals.MapPost("/{id:guid}/look", Look);
        terminals.MapPost("/{id:guid}/remove", Remove);
    }

    private static async Task<IResult> Register([FromForm] IFormCollection form, RegisterTerminal register, LadewerkDb db, Texts t, HttpContext http, CancellationToken ct)
    {
        var wish = new NewTerminal(
            Guid.TryParse(form["siteId"], out var site) ? site : Guid.Empty, form["label"].ToString(), Given(form, "registrationCode"), Given(form, "readerId"), AsksItself: form["asksItself"] == "true");
        return await register.Run(wish, ct) switch
        {
            TerminalResult.Done done => Answer.Go(http, $"{List}/{done.Id.Value}"),
            TerminalResult.Invalid invalid => Form(t, await Sites(db, ct), wish, FaultWords.Say(invalid.Faults.Errors)),
            _ => Form(t, await Sites(db, ct), wish, new Dictionary<string, string[]>(StringComparer.Ordinal) { [""] = [t["payments.terminals.fault.provider"]] }),
        };
    }

    private static string? Given(IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;

    private static async Task<IResult> Change(Guid id, [FromForm] IFormCollection form, ChangeTerminal change, HttpContext http, CancellationToken ct)
    {
        string[] evses = [.. form["evses"].OfType<string>()];
        return await change.Run(new TerminalId(id), new TerminalPatch(form["label"].ToString(), evses, form["asksItself"] == "true"), ct) switch
        {
            TerminalResult.Done => Answer.Go(http, $"{List}/{id}"),
            TerminalResult.Invalid => Answer.Go(http, $"{List}/{id}?fault=points"),
            TerminalResult.Unavailable => Answer.Go(http, $"{List}/{id}?fault=provider"),
            _ => Problems.NotFound("card reader"),
        };
    }

    private static async Task<IResult> Look(Guid id, ChangeTerminal change, HttpContext http, CancellationToken ct) =>
        await change.Look(new TerminalId(id), ct) ? Answer.Go(http, $"{List}/{id}") : Problems.NotFound("card reader");

    private static async Task<IResult> Remove(Guid id, ChangeTerminal change, HttpContext http, CancellationToken ct) =>
        await change.Remove(new TerminalId(id), ct) ? Answer.Go(http, List) : Problems.NotFound("card reader");

    private static async Task<List<(string, string)>> Sites(LadewerkDb db, CancellationToken ct) =>
        [.. (await db.Set<Site>().AsNoTracking().OrderBy(s => s.Name).Select(s => new { s.Id, s.Name }).ToListAsync(ct)).Select(s => (s.Id.Value.ToString(), s.Name))];

    private static RazorComponentResult<AnswerPage> Form(Texts t, List<(string, string)> sites, NewTerminal wish, IReadOnlyDictionary<string, string[]>? faults) => Answer.Page<EntityForm>(
        faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        (nameof(EntityForm.Title), t["payments.terminals.add"]), (nameof(EntityForm.Action), List + "/new"), (nameof(EntityForm.Back), List), (nameof(EntityForm.Submit), t["payments.terminals.register"]),
        (nameof(EntityForm.Fields), new List<FormField>
        {
            new("siteId", t["payments.terminals.site"], wish.SiteId.ToString()) { Options = sites, Hint = t["payments.terminals.site.what"] },
            new("label", t["payments.terminals.label"], wish.Label) { Required = true, Hint = t["payments.terminals.label.what"] },
            new("registrationCode", t["payments.terminals.code"], wish.RegistrationCode) { Hint = t["payments.terminals.code.what"] },
            new("readerId", t["payments.terminals.readerId"], wish.ReaderId) { Hint = t["payments.terminals.readerId.what"] },
            new("asksItself", t["payments.terminals.asksItself"], wish.AsksItself ? "true" : "false") { Options = [("true", t["payments.yes"]), ("false", t["payments.no"])], Hint = t["payments.terminals.asksItself.what"], Wide = true },
        }),
        (nameof(EntityForm.Crumbs), new[] { (t["payments.title"], (string?)"/portal/payments"), (t["payments.terminals"], List) }), (nameof(EntityForm.Errors), faults));
}
