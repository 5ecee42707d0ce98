using System.Globalization;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Billing.Portal;

/// <summary>The form of how the operator bills.</summary>
internal static class SettingsForm
{
    private const string Address = "/portal/billing/settings";

    public static void MapBillingSettings(this WebApplication app)
    {
        var pages = app.MapGroup(Address).OfModule(Kernel.Http.Module.Billing).RequirePermission(Permission.BillingWrite).ExcludeFromDescription();
        pages.MapGet("", async (SaveBillingSettings settings, Texts t, CancellationToken ct) => Show(t, await settings.Current(ct), null));
        pages.MapPost("", Save);
    }

    private static async Task<IResult> Save([FromForm] IFormCollection form, SaveBillingSettings settings, HttpContext http, Texts t, CancellationToken ct)
    {
        var before = await settings.Current(ct);
        var datev = before.Datev ?? new DatevSettings();
        var faults = new Faults();
        var wish = before with
        {
            RunDay = Maybe(form, "runDay", faults),
            SendByMail = form["sendByMail"] == "true",
            IsDunning = form["isDunning"] == "true",
            Levels = LevelsOf(form["levels"], faults),
            BlockAtLevel = Maybe(form, "blockAtLevel", faults),
            BlockFrom = Amount(form["blockFrom"], "blockFrom", faults),
            PreNotificationDays = Maybe(form, "preNotificationDays", faults) ?? 14,
            DeleteExpired = form["deleteExpired"] == "true",
            NoteDe = form["noteDe"],
            NoteEn = form["noteEn"],
            Datev = datev with { Consultant = Maybe(form, "consultant", faults) ?? 0, Client = Maybe(form, "client", faults) ?? 0, Debtors = Maybe(form, "debtors", faults) ?? 0 },
        };
        faults = faults.Any ? faults : await settings.Run(wish, ct);
        return faults.Any ? Show(t, wish, faults, form["levels"]) : Answer.Go(http, "/portal/dunning");
    }

    private static RazorComponentResult<AnswerPage> Show(Texts t, BillingSettings s, Faults? faults, string? levels = null)
    {
        (string, string)[] yesNo = [("true", t["billing.settings.yes"]), ("false", t["billing.settings.no"])];
        var datev = s.Datev ?? new DatevSettings();
        List<FormField> fields =
        [
            new("runDay", t["billing.settings.runDay"], s.RunDay?.ToString(CultureInfo.InvariantCulture), "number") { Hint = t["billing.settings.runDay.hint"] },
            new("sendByMail", t["billing.settings.mail"], s.SendByMail ? "true" : "false") { Options = yesNo },
            new("isDunning", t["billing.settings.dunning"], s.IsDunning ? "true" : "false") { Options = yesNo },
            new("levels", t["billing.settings.levels"], levels ?? string.Join("; ", s.Schedule.Select(l => string.Create(CultureInfo.CurrentCulture, $"{l.DaysAfterDue}: {l.Fee:0.00}")))) { Hint = t["billing.settings.levels.hint"], Required = true },
            new("blockAtLevel", t["billing.settings.block"], s.BlockAtLevel?.ToString(CultureInfo.InvariantCulture), "number") { Hint = t["billing.settings.block.hint"] },
            new("blockFrom", t["billing.settings.blockFrom"], s.BlockFrom.ToString("0.00", CultureInfo.CurrentCulture)),
            new("preNotificationDays", t["billing.settings.preNotification"], s.PreNotificationDays.ToString(CultureInfo.InvariantCulture), "number") { Hint = t["billing.settings.preNotification.hint"] },
            new("deleteExpired", t["billing.settings.deleteExpired"], s.DeleteExpired ? "true" : "false") { Options = yesNo, Hint = t["billing.settings.deleteExpired.hint"] },
            new("noteDe", t["billing.settings.noteDe"], s.NoteDe, "textarea") { Hint = t["billing.settings.note.hint"], Wide = true },
            new("noteEn", t["billing.settings.noteEn"], s.NoteEn, "textarea") { Wide = true },
            new("consultant", t["billing.settings.consultant"], datev.Consultant.ToString(CultureInfo.InvariantCulture), "number"),
            new("client", t["billing.settings.client"], datev.Client.ToString(CultureInfo.InvariantCulture), "number"),
            new("debtors", t["billing.settings.debtors"], datev.Debtors.ToString(CultureInfo.InvariantCulture), "number") { Hint = t["billing.settings.debtors.hint"] },
        ];
        return Answer.Page<EntityForm>(
            faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
            (nameof(EntityForm.Title), t["billing.settings"]), (nameof(EntityForm.Action), Address), (nameof(EntityForm.Back), "/portal/dunning"), (nameof(EntityForm.Fields), fields),
            (nameof(EntityForm.Crumbs), new[] { (t["portal.nav.Money"], (string?)null), (t["billing.title"], "/portal/invoices") }), (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(Named(faults))));
    }

    /// <summary>Faults of the bookkeeping's details, by the names of the form.</summary>
    private static Dictionary<string, string[]> Named(Faults faults) =>
        faults.Errors.ToDictionary(f => f.Key.Replace("datev.", "", StringComparison.Ordinal), f => f.Value, StringComparer.Ordinal);

    /// <summary>"5: 0,00; 19: 2,50": days after the invoice was due, and the fee.</summary>
    private static List<DunningLevel> LevelsOf(string? text, Faults faults)
    {
        var levels = new List<DunningLevel>();
        foreach (var part in (text ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split(':', StringSplitOptions.TrimEntries) is [var days, .. var fee] && int.TryParse(days, NumberStyles.None, CultureInfo.InvariantCulture, out var after))
            {
                levels.Add(new DunningLevel(after, fee.Length == 0 ? 0m : Amount(fee[0], "levels", faults)));
            }
            else
            {
                faults.Add("levels", "Not a number.");
            }
        }

        return levels;
    }

    private static int? Maybe(IFormCollection form, string name, Faults faults)
    {
        if (form[name].ToString().Trim() is not { Length: > 0 } text)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        faults.Add(name, "Not a number.");
        return null;
    }

    internal static decimal Amount(string? text, string name, Faults faults)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return 0m;
        }

        if (decimal.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.CurrentCulture, out var amount) || decimal.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out amount))
        {
            return amount;
        }

        faults.Add(name, "Not a number.");
        return 0m;
    }
}
