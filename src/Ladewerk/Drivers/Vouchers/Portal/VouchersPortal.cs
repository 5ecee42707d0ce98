using System.Globalization;
using System.Text;
using Ladewerk.Drivers.Contracts.Portal;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Portal.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Drivers.Vouchers.Portal;

/// <summary>The pages of vouchers and guests, and what their forms do.</summary>
internal static class VouchersPortal
{
    private const string Vouchers = "/portal/vouchers", Guests = "/portal/guests";
    private static readonly FormCollection NoForm = FormCollection.Empty;

    public static IServiceCollection AddVouchersPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.Customers, 50, "gift", "vouchers.title", Vouchers, Permission.DriversRead));
        return services.AddSingleton(new NavEntry(NavGroup.Customers, 60, "key", "vouchers.guests", Guests, Permission.DriversWrite));
    }

    public static void MapVouchersPortal(this WebApplication app)
    {
        var write = app.MapGroup("").RequirePermission(Permission.DriversWrite).ExcludeFromDescription();
        write.MapGet(Vouchers + "/add", async (ContractLists lists, Texts t, CancellationToken ct) => VoucherForm(t, NoForm, await lists.Sites(ct), null));
        write.MapPost(Vouchers + "/add", AddVouchers);
        write.MapGet(Vouchers + "/{id:guid}/codes.csv", Codes);
        write.MapPost(Vouchers + "/codes/{id:guid}/revoke", async (Guid id, MakeCodes make, HttpContext http, CancellationToken ct) => await make.Revoke(new ChargeCodeId(id), ct) ? Answer.Go(http, http.Request.Headers.Referer is [{ Length: > 0 } back] && Uri.TryCreate(back, UriKind.Absolute, out var at) && at.AbsolutePath.StartsWith(Vouchers, StringComparison.Ordinal) ? at.AbsolutePath : Vouchers) : Problems.NotFound("code"));
        write.MapGet(Guests + "/add", async (ContractLists lists, Texts t, CancellationToken ct) => GuestForm(t, NoForm, await lists.Sites(ct), null));
        write.MapPost(Guests + "/add", AddGuest);
        write.MapPost(Guests + "/{id:guid}/revoke", async (Guid id, MakeCodes make, HttpContext http, CancellationToken ct) => await make.Revoke(new ChargeCodeId(id), ct) ? Answer.Go(http, Guests) : Problems.NotFound("code"));
    }

    private static async Task<IResult> AddVouchers([FromForm] IFormCollection form, MakeCodes make, ContractLists lists, Reader reader, Texts t, HttpContext http, CancellationToken ct)
    {
        var zone = (await reader.Operator()).Zone;
        var grants = Named<CodeGrants>.TryParse(form["grants"], null, out var named) ? named.Value : CodeGrants.Energy;
        var amount = decimal.TryParse(form["amount"].ToString().Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var (made, faults) = await make.Vouchers(
            new NewVouchers(
                form["name"].ToString(), grants, grants == CodeGrants.Energy ? decimal.Round(amount * 1000) : amount, Whole(form, "codes"), Day(form["validFrom"], zone, 0), Day(form["validUntil"], zone, 1),
                Guid.TryParse(form["site"], out var site) ? [site] : [], Whole(form, "maxUses")),
            ct);
        return made is not null ? Answer.Go(http, $"{Vouchers}/{made.Id.Value:D}") : VoucherForm(t, form, await lists.Sites(ct), faults);
    }

    private static async Task<IResult> AddGuest([FromForm] IFormCollection form, MakeCodes make, ContractLists lists, Reader reader, Texts t, HttpContext http, CancellationToken ct)
    {
        var zone = (await reader.Operator()).Zone;
        DateTimeOffset? until = DateTime.TryParse(form["validUntil"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) ? new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), zone.GetUtcOffset(local)) : null;
        var (made, faults) = await make.Guest(new NewGuestCode(form["label"].ToString(), until ?? DateTimeOffset.MinValue, Guid.TryParse(form["siteId"], out var site) ? site : null), ct);
        return made is not null ? Answer.Go(http, Guests) : GuestForm(t, form, await lists.Sites(ct), faults);
    }

    private static async Task<IResult> Codes(Guid id, FindCodes find, CancellationToken ct) => await find.OfBatch(new CodeBatchId(id), ct) is { } codes
        ? TypedResults.File(Encoding.UTF8.GetBytes(Csv.Write(["code"]) + string.Concat(codes.Select(c => Csv.Write([c.Code])))), "text/csv; charset=utf-8", "vouchers.csv")
        : Problems.NotFound("batch");

    private static RazorComponentResult<AnswerPage> VoucherForm(Texts t, IFormCollection sent, IReadOnlyList<(Guid Id, string Name)> sites, Faults? faults) => Form(
        t["vouchers.add"], t["vouchers.title"], Vouchers, Vouchers + "/add",
        [
            new("name", t["vouchers.name"], sent["name"]) { Required = true },
            new("grants", t["vouchers.grants"], sent["grants"]) { Options = [("energy", t["vouchers.grants.energy"]), ("money", t["vouchers.grants.money"]), ("sessions", t["vouchers.grants.sessions"])] },
            new("amount", t["vouchers.amount"], sent["amount"]) { Required = true },
            new("codes", t["vouchers.codes"], sent.ContainsKey("codes") ? sent["codes"].ToString() : "10", "number") { Required = true },
            new("maxUses", t["vouchers.uses"], sent.ContainsKey("maxUses") ? sent["maxUses"].ToString() : "1", "number") { Required = true },
            new("site", t["vouchers.site"], sent["site"]) { Options = [("", t["vouchers.site.all"]), .. sites.Select(s => (s.Id.ToString(), s.Name))] },
            new("validFrom", t["vouchers.validFrom"], sent["validFrom"], "date"),
            new("validUntil", t["vouchers.validUntil"], sent["validUntil"], "date"),
        ],
        faults);

    private static RazorComponentResult<AnswerPage> GuestForm(Texts t, IFormCollection sent, IReadOnlyList<(Guid Id, string Name)> sites, Faults? faults)
    {
        List<FormField> fields = [new("label", t["vouchers.guest"], sent["label"]) { Required = true }, new("validUntil", t["vouchers.until"], sent["validUntil"], "datetime-local") { Required = true }];
        if (sites.Count != 1)
        {
            fields.Add(new("siteId", t["vouchers.site"], sent["siteId"]) { Options = [.. sites.Select(s => (s.Id.ToString(), s.Name))] });
        }

        return Form(t["vouchers.guests.add"], t["vouchers.guests"], Guests, Guests + "/add", fields, faults);
    }

    private static RazorComponentResult<AnswerPage> Form(string title, string list, string back, string action, IReadOnlyList<FormField> fields, Faults? faults) => Answer.Page<EntityForm>(
        faults is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        (nameof(EntityForm.Title), title), (nameof(EntityForm.Action), action), (nameof(EntityForm.Back), back), (nameof(EntityForm.Fields), fields),
        (nameof(EntityForm.Crumbs), new[] { (list, (string?)back) }), (nameof(EntityForm.Errors), faults is null ? null : FaultWords.Say(faults.Errors)));

    private static int Whole(IFormCollection form, string field) => int.TryParse(form[field], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static DateTimeOffset? Day(string? text, TimeZoneInfo zone, int after)
    {
        if (!DateOnly.TryParse(text, CultureInfo.InvariantCulture, out var day))
        {
            return null;
        }

        var local = day.AddDays(after).ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(local, zone.GetUtcOffset(local));
    }
}

/// <summary>What a code is worth, in words.</summary>
internal static class CodeWords
{
    /// <summary>What is left of a code; a stay is told by whose it is.</summary>
    public static string Worth(CodeView code, Texts t) => code.Grants == CodeGrants.Stay ? code.Label ?? "" : Worth(code.Grants, code.Remaining, code.Currency, t);

    /// <summary>A stay ends at an hour, a voucher with a day; null where it does not end.</summary>
    public static string? Until(CodeView code, TimeZoneInfo zone) =>
        code.ValidUntil is not { } until ? null : code.Grants == CodeGrants.Stay ? Show.DayTime(until, zone) : Show.Date(until.AddTicks(-1), zone);

    public static string Worth(CodeGrants grants, decimal amount, string? currency, Texts t) => grants switch
    {
        CodeGrants.Energy => $"{Show.Kwh((long)amount)} kWh",
        CodeGrants.Money => Show.Money(new Money(amount, currency ?? "EUR")),
        CodeGrants.Sessions => $"{Show.Number(amount)} × {t["vouchers.grants.sessions"]}",
        CodeGrants.Stay or CodeGrants.Card => "–",
        _ => throw new ArgumentOutOfRangeException(nameof(grants), grants, "Grants no such thing."),
    };
}
