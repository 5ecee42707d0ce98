using Ladewerk.Kernel.Branding;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Ladewerk.Access.Branding.Portal;

/// <summary>The page of the brand, its preview, and what its forms do.</summary>
internal static class BrandPages
{
    public const string Place = "/portal/settings/brand";

    private static readonly Dictionary<string, string> FaultTexts = new(StringComparer.Ordinal)
    {
        ["colour"] = "access.brand.fault.colour", ["accent"] = "access.brand.fault.colour", ["imprintUrl"] = "access.brand.fault.page", ["privacyUrl"] = "access.brand.fault.page",
        ["supportPhone"] = "access.brand.fault.phone",
    };

    public static IServiceCollection AddBrandPages(this IServiceCollection services) => services.AddScoped<SaveBrand>()
        .AddSingleton(new NavEntry(NavGroup.System, 15, "palette", "access.brand", Place, Permission.SettingsRead));

    public static void MapBrandPages(this WebApplication app)
    {
        app.MapGet(Place, async (string? done, SaveBrand save, CancellationToken ct) => Page(await save.Current(ct), FormCollection.Empty, null, done)).RequirePermission(Permission.SettingsRead).ExcludeFromDescription();
        app.MapPost(Place + "/preview", Preview).RequirePermission(Permission.SettingsRead).ExcludeFromDescription();
        var write = app.MapGroup(Place).RequirePermission(Permission.SettingsWrite).ExcludeFromDescription();
        write.MapPost("/save", Save);
        write.MapPost("/logo", SetLogo).WithMetadata(new RequestSizeLimitAttribute(Logo.MostBytes * 2));
        write.MapPost("/logo/remove", async (HttpContext http, SaveBrand save, CancellationToken ct) =>
        {
            await save.RemoveLogo(ct);
            return Answer.Go(http, Place + "?done=logoRemoved");
        });
    }

    private static async Task<IResult> Preview([FromForm] IFormCollection form, SaveBrand save, CancellationToken ct) =>
        Answer.Part<BrandPreview>((nameof(BrandPreview.Brand), Wished(await save.Current(ct), form)));

    private static async Task<IResult> Save([FromForm] IFormCollection form, HttpContext http, SaveBrand save, CancellationToken ct)
    {
        Optional<string?> Sent(string field) => new(form[field].ToString());
        var patch = new BrandPatch
        {
            Name = form["name"].ToString(), Colour = Sent("colour"), Accent = Sent("accent"), SenderName = Sent("senderName"), ReplyTo = Sent("replyTo"), SupportPhone = Sent("supportPhone"),
            SupportEmail = Sent("supportEmail"), ImprintUrl = Sent("imprintUrl"), PrivacyUrl = Sent("privacyUrl"),
        };
        return await save.Patch(patch, ct) is { Any: true } faults ? Page(await save.Current(ct), form, Words(faults), null) : Answer.Go(http, Place + "?done=saved");
    }

    private static async Task<IResult> SetLogo(IFormFile? logo, HttpContext http, SaveBrand save, CancellationToken ct)
    {
        await using var stream = logo?.OpenReadStream() ?? Stream.Null;
        return await Upload.Read(stream, ct) is { } file && await save.SetLogo(file, ct)
            ? Answer.Go(http, Place + "?done=logo")
            : Page(await save.Current(ct), FormCollection.Empty, new Dictionary<string, string[]>(StringComparer.Ordinal) { ["logo"] = [Texts.In(Texts.Language, "access.brand.fault.logo")] }, null);
    }

    /// <summary>As it would be: what the form says over what is stored.</summary>
    private static Brand Wished(Brand brand, IFormCollection form)
    {
        string? Value(string field, string? stored) => !form.TryGetValue(field, out var value) ? stored : value.ToString().Trim() is { Length: > 0 } text ? text : null;
        return brand with
        {
            Name = Value("name", brand.Name) ?? brand.Name,
            Own = brand.Own with { Colour = Value("colour", brand.Own.Colour), SenderName = Value("senderName", brand.Own.SenderName), SupportPhone = Value("supportPhone", brand.Own.SupportPhone), SupportEmail = Value("supportEmail", brand.Own.SupportEmail) },
            Palette = BrandPalette.Of(Value("colour", brand.Own.Colour), Value("accent", brand.Own.Accent)),
        };
    }

    private static RazorComponentResult<AnswerPage> Page(Brand brand, IFormCollection sent, IReadOnlyDictionary<string, string[]>? errors, string? done) => Answer.Page<BrandForm>(
        errors is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity,
        (nameof(BrandForm.Brand), brand), (nameof(BrandForm.Wished), Wished(brand, sent)), (nameof(BrandForm.Sent), sent), (nameof(BrandForm.Errors), errors), (nameof(BrandForm.Done), done));

    private static Dictionary<string, string[]> Words(Faults faults)
    {
        var words = FaultWords.Say(faults.Errors).ToDictionary(StringComparer.Ordinal);
        foreach (var (field, key) in FaultTexts.Where(f => words.ContainsKey(f.Key)))
        {
            words[field] = [Texts.In(Texts.Language, key)];
        }

        return words;
    }
}
