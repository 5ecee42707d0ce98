using Ladewerk.Kernel.Branding;
using Ladewerk.Kernel.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Access.Branding;

/// <summary>The brand as the API shows it.</summary>
/// <param name="Colour">As chosen; null: the product's.</param>
/// <param name="Shades">What pages, mails and documents make of the colours: each pair reaches a contrast of 4.5:1.</param>
/// <param name="Logo">Null where there is none.</param>
public sealed record BrandView(
    string Name, string? Colour, string? Accent, string? SenderName, string? ReplyTo, string? SupportPhone, string? SupportEmail, string? ImprintUrl, string? PrivacyUrl, BrandShades Shades, BrandLogo? Logo);

/// <summary>The shades of two colours.</summary>
/// <param name="Fill">Areas and buttons; <paramref name="Ink"/> stands on it.</param>
/// <param name="Ink">On <paramref name="Fill"/>.</param>
/// <param name="Text">Words on light surfaces.</param>
/// <param name="Night">Words on dark surfaces.</param>
/// <param name="Second">Highlights; <paramref name="SecondInk"/> stands on them.</param>
/// <param name="SecondInk">On <paramref name="Second"/>.</param>
public sealed record BrandShades(string Fill, string Ink, string Text, string Night, string Second, string SecondInk);

/// <summary>The stored logo.</summary>
/// <param name="Href">Where everybody may fetch it.</param>
public sealed record BrandLogo(string ContentType, int Bytes, string Href);

/// <summary><c>/brand</c></summary>
internal static class BrandApi
{
    public static void MapBrand(this RouteGroupBuilder api)
    {
        var brand = api.MapGroup("/brand").WithTags("Tenant");
        brand.MapGet("/", async (SaveBrand save, CancellationToken ct) => TypedResults.Ok(View(await save.Current(ct)))).RequirePermission(Permission.SettingsRead)
            .WithSummary("How the operator looks and is reached");
        brand.MapPatch("/", Patch).RequirePermission(Permission.SettingsWrite).WithSummary("Change name, colours, sender of mails, contact and legal pages");
        brand.MapPut("/logo", PutLogo).RequirePermission(Permission.SettingsWrite).Accepts<Stream>("image/svg+xml", "image/png", "image/jpeg", "application/octet-stream")
            .WithSummary("Upload the logo: an SVG (cleaned of scripts and outer references), PNG or JPEG of at most 200 kB");
        brand.MapDelete("/logo", RemoveLogo).RequirePermission(Permission.SettingsWrite).WithSummary("Remove the logo");
    }

    private static BrandView View(Brand b) => new(
        b.Name, b.Own.Colour, b.Own.Accent, b.Own.SenderName, b.Own.ReplyTo, b.Own.SupportPhone, b.Own.SupportEmail, b.Own.ImprintUrl, b.Own.PrivacyUrl, Shades(b.Palette),
        b.Logo is { } logo ? new BrandLogo(logo.ContentType, logo.Content.Length, b.LogoHref!) : null);

    private static BrandShades Shades(BrandPalette p) =>
        new(p.Fill.ToString(), p.Ink.ToString(), p.Text.ToString(), p.Night.ToString(), p.Second.ToString(), p.SecondInk.ToString());

    private static async Task<Results<Ok<BrandView>, ValidationProblem>> Patch(BrandPatch patch, SaveBrand save, CancellationToken ct) =>
        await save.Patch(patch, ct) is { Any: true } faults ? Problems.Invalid(faults.Errors) : TypedResults.Ok(View(await save.Current(ct)));

    private static async Task<Results<Ok<BrandView>, ValidationProblem>> PutLogo(HttpRequest request, SaveBrand save, CancellationToken ct) =>
        await Upload.Read(request.Body, ct) is { } file && await save.SetLogo(file, ct) ? TypedResults.Ok(View(await save.Current(ct))) : Problems.Invalid("logo", SaveBrand.NoLogo);

    private static async Task<NoContent> RemoveLogo(SaveBrand save, CancellationToken ct)
    {
        await save.RemoveLogo(ct);
        return TypedResults.NoContent();
    }
}

/// <summary>Reads a small file that somebody sends.</summary>
internal static class Upload
{
    /// <summary>The bytes; null where they are too many: no more than the most are ever held.</summary>
    public static async Task<byte[]?> Read(Stream stream, CancellationToken ct)
    {
        var buffer = new byte[Logo.MostBytes + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return length > Logo.MostBytes ? null : buffer[..length];
    }
}
