using Ladewerk.Billing.Sync;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Billing.Portal;

/// <summary>What the forms of the pages of other systems do.</summary>
internal static class SyncForm
{
    private const string Address = "/portal/billing/sync";

    public static void MapSyncForms(this WebApplication app)
    {
        var write = app.MapGroup(Address).OfModule(Kernel.Http.Module.Billing).RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
        write.MapGet("/add", (Texts t) => Show(t, null, new SyncTargetWish(""), null));
        write.MapPost("/add", Add);
        write.MapGet("/{id:guid}/edit", async (Guid id, SaveSyncTarget save, Texts t, CancellationToken ct) => await save.Find(SyncTargetId.From(id), ct) is { } target ? Show(t, target, WishOf(target), null) : (IResult)Missing());
        write.MapPost("/{id:guid}/edit", Edit);
        write.MapPost("/{id:guid}/resume", (Guid id, SaveSyncTarget save, HttpContext http, CancellationToken ct) => With(id, save, http, save.Resume, ct));
        write.MapPost("/{id:guid}/resync", Resync);
        write.MapPost("/{id:guid}/replay-failed", (Guid id, SaveSyncTarget save, SyncLog log, HttpContext http, CancellationToken ct) => With(id, save, http, (target, token) => log.ReplayFailed(target.Id, token), ct));
        write.MapPost("/{id:guid}/log/{item:guid}/replay", Replay);
        write.MapPost("/{id:guid}/remove", Remove);
    }

    private static async Task<IResult> Add([FromForm] IFormCollection form, SaveSyncTarget save, HttpContext http, Texts t, CancellationToken ct)
    {
        var wish = Typed(form);
        var (made, faults) = await save.Create(wish, ct);
        return made is null ? Show(t, null, wish, faults) : Answer.Go(http, $"{Address}/{made.Id}");
    }

    private static async Task<IResult> Edit(Guid id, [FromForm] IFormCollection form, SaveSyncTarget save, HttpContext http, Texts t, CancellationToken ct)
    {
        if (await save.Find(SyncTargetId.From(id), ct) is not { } target)
        {
            return Missing();
        }

        var wish = Typed(form);
        return await save.Change(target, wish, ct) is { Any: true } faults ? Show(t, target, wish, faults) : Answer.Go(http, $"{Address}/{id}");
    }

    private static async Task<IResult> Resync(Guid id, [FromForm] IFormCollection form, SaveSyncTarget save, SyncLog log, HttpContext http, CancellationToken ct)
    {
        var from = DateOnly.TryParse(form["invoicesFrom"], System.Globalization.CultureInfo.InvariantCulture, out var day) ? day : (DateOnly?)null;
        return await With(id, save, http, (target, token) => log.Resync(target.Id, new ResyncRequest(form["accounts"] == "true", from), token), ct);
    }

    private static async Task<IResult> Replay(Guid id, Guid item, SyncLog log, HttpContext http, CancellationToken ct)
    {
        if (await log.Find(SyncTargetId.From(id), item, ct) is not { } found)
        {
            return Missing();
        }

        await log.Replay(found, ct);
        return Answer.Go(http, $"{Address}/{id}");
    }

    private static async Task<IResult> Remove(Guid id, SaveSyncTarget save, HttpContext http, CancellationToken ct)
    {
        if (await save.Find(SyncTargetId.From(id), ct) is not { } target)
        {
            return Missing();
        }

        await save.Remove(target, ct);
        return Answer.Go(http, Address);
    }

    private static async Task<IResult> With(Guid id, SaveSyncTarget save, HttpContext http, Func<SyncTarget, CancellationToken, Task> act, CancellationToken ct)
    {
        if (await save.Find(SyncTargetId.From(id), ct) is not { } target)
        {
            return Missing();
        }

        await act(target, ct);
        return Answer.Go(http, $"{Address}/{id}");
    }

    private static SyncTargetWish WishOf(SyncTarget t)
    {
        var view = SyncApi.View(t, null);
        return new SyncTargetWish(t.Name, view.BillingAccounts, view.Invoices, t.HeaderName, null, t.IsOn);
    }

    private static SyncTargetWish Typed(IFormCollection form) => new(
        form["name"].ToString(), Route(form, "accounts"), Route(form, "invoices"), form["headerName"].ToString(),
        form["secret"].ToString() switch { "" => null, "-" => "", var secret => secret }, form["isOn"] == "true");

    private static SyncRoute? Route(IFormCollection form, string part) => form[part + "Url"].ToString().Trim() is { Length: > 0 } url
        ? new SyncRoute(url, form[part + "Method"].ToString(), FieldMap.Parse(form[part + "Map"]))
        : null;

    private static RazorComponentResult<AnswerPage> Show(Texts t, SyncTarget? target, SyncTargetWish wish, Faults? faults)
    {
        (string, string)[] yesNo = [("true", t["billing.settings.yes"]), ("false", t["billing.settings.no"])];
        (string, string)[] methods = [("PUT", "PUT"), ("POST", "POST"), ("PATCH", "PATCH")];
        List<FormField> fields =
        [
            new("name", t["billing.sync.name"], wish.Name) { Required = true, Hint = t["billing.sync.name.hint"] },
            new("isOn", t["billing.sync.isOn"], wish.IsOn ? "true" : "false") { Options = yesNo },
            new("headerName", t["billing.sync.header"], wish.HeaderName) { Required = true },
            new("secret", t["billing.sync.secret"], null, "password") { Hint = t[target?.ProtectedSecret is null ? "billing.sync.secret.hint" : "billing.sync.secret.kept"] },
            .. Fields(t, "accounts", wish.BillingAccounts, SyncObject.BillingAccount, methods),
            .. Fields(t, "invoices", wish.Invoices, SyncObject.Invoice, methods),
        ];
        var (action, back) = target is null ? (Address + "/add", Address) : ($"{Address}/{target.Id}/edit", $"{Address}/{target.Id}");
        return Answer.Page<EntityForm>(
            faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            (nameof(EntityForm.Title), target?.Name ?? t["billing.sync.add"]), (nameof(EntityForm.Action), action), (nameof(EntityForm.Back), back), (nameof(EntityForm.Fields), fields),
            (nameof(EntityForm.Crumbs), new[] { (t["billing.sync"], (string?)Address) }), (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(Named(faults))));
    }

    private static IEnumerable<FormField> Fields(Texts t, string part, SyncRoute? route, SyncObject what, (string, string)[] methods) =>
    [
        new(part + "Url", t[$"billing.sync.{part}Url"], route?.Url) { Hint = t["billing.sync.url.hint"] },
        new(part + "Method", t["billing.sync.method"], route?.Method ?? "PUT") { Options = methods },
        new(part + "Map", t[$"billing.sync.{part}Map"], FieldMap.Write(route?.Map ?? []), "textarea") { Wide = true, Hint = t["billing.sync.map.hint", string.Join(", ", ReadSyncFacts.Names[what])] },
    ];

    /// <summary>Faults of the routes, by the names of the form.</summary>
    private static Dictionary<string, string[]> Named(Faults faults) => faults.Errors.ToDictionary(
        f => f.Key switch
        {
            "billingAccounts" or "billingAccounts.url" => "accountsUrl", "billingAccounts.map" => "accountsMap", "billingAccounts.method" => "accountsMethod",
            "invoices.url" => "invoicesUrl", "invoices.map" => "invoicesMap", "invoices.method" => "invoicesMethod", var other => other,
        },
        f => f.Value, StringComparer.Ordinal);

    private static ProblemHttpResult Missing() => Problems.NotFound("sync target");
}
