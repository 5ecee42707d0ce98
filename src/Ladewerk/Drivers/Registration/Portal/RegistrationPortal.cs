using System.Globalization;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Drivers.Registration.Portal;

/// <summary>The operator's pages of registration: decisions, invitations, rules.</summary>
internal static class RegistrationPortal
{
    public const string Path = "/portal/registrations";
    private const int ConsentFields = 3;
    private static readonly string[] Modes = ["closed", "open", "invitation", "approval"];

    public static void MapRegistrationPortal(this WebApplication app)
    {
        var write = app.MapGroup(Path).RequirePermission(Permission.DriversWrite).ExcludeFromDescription();
        write.MapPost("/{id:guid}/accept", Accept);
        write.MapPost("/{id:guid}/refuse", Refuse);
        write.MapPost("/invite", Invite);
        write.MapPost("/code", MakeCode);
        write.MapPost("/invitations/{id:guid}/revoke", Revoke);
        var settings = app.MapGroup(Path + "/rules").RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
        settings.MapGet("", async (RegisterDriver register, Texts t, CancellationToken ct) => RulesForm(t, Fields(await register.Rules(ct)), null));
        settings.MapPost("", SetRules);
    }

    public static Look Look(RegistrationState state) => state switch
    {
        RegistrationState.Accepted => new("s-av", "circle-check", "registration.state.accepted"),
        RegistrationState.Refused => new("s-fa", "ban", "registration.state.refused"),
        RegistrationState.Waiting => new("s-su", "hourglass", "registration.state.waiting"),
        _ => new("s-of", "circle-dashed", "registration.state.unverified"),
    };

    private static async Task<IResult> Accept(Guid id, HttpContext http, Admission admission, CancellationToken ct)
    {
        await admission.Accept(id, ct); // pressed twice, or decided by somebody else: the page shows where it stands
        return Answer.Go(http, Path);
    }

    private static async Task<IResult> Refuse(Guid id, [FromForm] string? reason, HttpContext http, Admission admission, CancellationToken ct)
    {
        await admission.Refuse(id, reason is { Length: > 500 } ? reason[..500] : reason, ct);
        return Answer.Go(http, Path);
    }

    private static async Task<IResult> Invite([FromForm] string? people, Invitations invitations, CancellationToken ct)
    {
        var lines = (people ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var wishes = lines.Select(l => l.Split([';', ',', '\t'], StringSplitOptions.TrimEntries)).Select(c => new NewInvitation(Cell(c, 0), Cell(c, 1), Cell(c, 2))).ToList();
        var (made, faults) = await invitations.CreateAll(wishes, ct);
        if (!faults.Any)
        {
            return Answer.Page<RegistrationsView>(StatusCodes.Status200OK, (nameof(RegistrationsView.Sent), made));
        }

        var faulty = string.Join(", ", lines.Where((_, i) => faults.Errors.Keys.Any(k => k.StartsWith($"invitations[{i.ToString(CultureInfo.InvariantCulture)}].", StringComparison.Ordinal))).Take(5));
        return Answer.Page<RegistrationsView>(StatusCodes.Status422UnprocessableEntity, (nameof(RegistrationsView.People), people), (nameof(RegistrationsView.Faulty), faulty));
    }

    private static async Task<IResult> MakeCode([FromForm] string? name, [FromForm] int uses, Invitations invitations, CancellationToken ct)
    {
        var (_, code, faults) = await invitations.Create(new NewInvitation(Name: string.IsNullOrWhiteSpace(name) ? null : name, MaxUses: uses), ct);
        return Answer.Page<RegistrationsView>(faults.Any ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK, (nameof(RegistrationsView.Code), code));
    }

    private static async Task<IResult> Revoke(Guid id, HttpContext http, Invitations invitations, CancellationToken ct) =>
        await invitations.Revoke(id, ct) ? Answer.Go(http, Path) : Problems.NotFound("invitation");

    private static async Task<IResult> SetRules([FromForm] IFormCollection form, HttpContext http, SaveRules save, Texts t, CancellationToken ct)
    {
        var consents = new List<ConsentRule>();
        for (var i = 1; i <= ConsentFields; i++)
        {
            var (de, en) = (form[$"consent{i}de"].ToString().Trim(), form[$"consent{i}en"].ToString().Trim());
            if (de.Length + en.Length > 0)
            {
                consents.Add(new ConsentRule($"consent{i}", de.Length > 0 ? de : en, en.Length > 0 ? en : de, form[$"consent{i}required"] == "true"));
            }
        }

        var mode = Enum.TryParse<RegistrationMode>(form["mode"], ignoreCase: true, out var chosen) ? chosen : RegistrationMode.Closed;
        var wish = new RegistrationRulesView(mode, Blank(form["termsUrl"]), Blank(form["privacyUrl"]), consents);
        var faults = await save.Run(wish, ct);
        return faults.Any
            ? RulesForm(t, Fields(new RegistrationRules { TenantId = default, Mode = mode, TermsUrl = wish.TermsUrl, PrivacyUrl = wish.PrivacyUrl, Consents = consents }), faults)
            : Answer.Go(http, Path);

        static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }

    private static string? Cell(string[] cells, int i) => i < cells.Length && cells[i].Length > 0 ? cells[i] : null;

    private static Func<Texts, IReadOnlyList<FormField>> Fields(RegistrationRules rules) => t =>
    [
        new("mode", t["registration.mode"], rules.Mode.ToString().ToLowerInvariant()) { Options = [.. Modes.Select(m => (m, t["registration.mode." + m]))], Wide = true },
        new("termsUrl", t["registration.rules.terms"], rules.TermsUrl, "url") { Hint = "https://…" },
        new("privacyUrl", t["registration.rules.privacy"], rules.PrivacyUrl, "url") { Hint = "https://…" },
        .. Enumerable.Range(1, ConsentFields).SelectMany(i => Consent(t, i, rules.Consents.ElementAtOrDefault(i - 1))),
    ];

    private static IEnumerable<FormField> Consent(Texts t, int i, ConsentRule? consent) =>
    [
        new($"consent{i}de", t["registration.rules.consent.de", i], consent?.De, "textarea"),
        new($"consent{i}en", t["registration.rules.consent.en", i], consent?.En, "textarea"),
        new($"consent{i}required", t["registration.rules.consent.required", i], consent?.Required == true ? "true" : "false") { Options = [("true", t["registration.rules.required"]), ("false", t["registration.rules.optional"])], Wide = true },
    ];

    private static Microsoft.AspNetCore.Http.HttpResults.RazorComponentResult<AnswerPage> RulesForm(Texts t, Func<Texts, IReadOnlyList<FormField>> fields, Faults? faults) => Answer.Page<EntityForm>(
        faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        (nameof(EntityForm.Title), t["registration.rules"]), (nameof(EntityForm.Action), Path + "/rules"), (nameof(EntityForm.Back), Path), (nameof(EntityForm.Fields), fields(t)),
        (nameof(EntityForm.Crumbs), new[] { (t["drivers.title"], (string?)"/portal/drivers"), (t["registration.page"], Path) }), (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors)));
}
