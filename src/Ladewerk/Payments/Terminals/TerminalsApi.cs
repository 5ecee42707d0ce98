using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Sessions.App;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Payments.Terminals;

/// <summary>A charge point at which a card is to be asked for.</summary>
/// <param name="EvseId">EVSE-ID or short code.</param>
/// <param name="Language">Of the receipt: de or en.</param>
internal sealed record OfferWish(string EvseId, string? Language = null);

/// <summary>A payment that waits for its card.</summary>
/// <param name="Link">The payer's own page: price, live session and receipt. It is a key; show it to the payer alone.</param>
internal sealed record OfferMade(PaymentId PaymentId, Uri Link);

/// <summary><c>/payment-terminals</c>: card readers at charge points.</summary>
internal static class TerminalsApi
{
    public static void MapPaymentTerminals(this RouteGroupBuilder api)
    {
        var terminals = api.MapGroup("/payment-terminals").OfModule(Module.Billing).WithTags("Payments");
        terminals.MapGet("/", List).RequirePermission(Permission.BillingRead).WithSummary("Card readers, whether they are online and what they ask for now");
        terminals.MapGet("/{id:guid}", Get).RequirePermission(Permission.BillingRead).WithSummary("One card reader");
        terminals.MapPost("/", Register).RequirePermission(Permission.SettingsWrite).WithSummary("Take a card reader into use by the code that it shows, or one of the own account by its id");
        terminals.MapPatch("/{id:guid}", Change).RequirePermission(Permission.SettingsWrite).WithSummary("Change its name, its charge points, and whether it asks by itself");
        terminals.MapDelete("/{id:guid}", Remove).RequirePermission(Permission.SettingsWrite).WithSummary("Take it out; whoever is asked for a card there is asked no more");
        terminals.MapGet("/{id:guid}/offers", Offers).RequirePermission(Permission.BillingRead).WithSummary("The last that it asked a card for, newest first");
        terminals.MapPost("/{id:guid}/offers", Offer).RequirePermission(Permission.BillingWrite).WithSummary("Ask for a card for one of its charge points: for kiosks");
    }

    private static async Task<Ok<Page<TerminalView>>> List(FindTerminals find, CancellationToken ct, int? limit = null, string? cursor = null) => TypedResults.Ok(await find.List(limit, cursor, ct));

    private static async Task<Results<Ok<TerminalView>, ProblemHttpResult>> Get(Guid id, FindTerminals find, CancellationToken ct) =>
        await find.One(new TerminalId(id), ct) is { } found ? TypedResults.Ok(found) : Missing();

    private static async Task<IResult> Register(NewTerminal request, RegisterTerminal register, FindTerminals find, CancellationToken ct)
    {
        var result = await register.Run(request, ct);
        return result is TerminalResult.Done done ? TypedResults.Created($"/api/v1/payment-terminals/{done.Id.Value}", await find.One(done.Id, ct)) : Fault(result);
    }

    private static async Task<IResult> Change(Guid id, TerminalPatch request, ChangeTerminal change, CancellationToken ct) =>
        await change.Run(new TerminalId(id), request, ct) is var result && result is TerminalResult.Done ? TypedResults.NoContent() : Fault(result);

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(Guid id, ChangeTerminal change, CancellationToken ct) =>
        await change.Remove(new TerminalId(id), ct) ? TypedResults.NoContent() : Missing();

    private static async Task<Results<Ok<Page<OfferView>>, ProblemHttpResult>> Offers(Guid id, FindTerminals find, CancellationToken ct, int? limit = null) =>
        await find.One(new TerminalId(id), ct) is null ? Missing() : TypedResults.Ok(new Page<OfferView>(await find.Offers(new TerminalId(id), Paging.Limit(limit), ct), null));

    private static async Task<IResult> Offer(Guid id, OfferWish request, FindTerminals find, ChargePoints points, OpenOffer open, SiteAddress address, CancellationToken ct)
    {
        if (await find.One(new TerminalId(id), ct) is not { } terminal)
        {
            return Missing();
        }

        if (await points.FindOwn(request.EvseId, ct) is not { } point || !terminal.Evses.Any(e => e.ShortCode == point.ShortCode))
        {
            return Problems.Invalid("evseId", "No such charge point at this reader.");
        }

        var language = request.Language == "en" ? "en" : "de";
        return await open.Run(point.Station, point.Number, point.Name, OfferOrigin.Api, language, ct) switch
        {
            OfferResult.Opened made => TypedResults.Accepted($"/api/v1/payments/{made.Payment.Value}", new OfferMade(made.Payment, address.Of($"/pay/{made.Link}?lang={language}"))),
            OfferResult.Running => Problems.Conflict("offer-running", "A card is asked for at this charge point already."),
            OfferResult.Offline => Problems.Conflict("terminal-offline", "The card reader is not connected."),
            OfferResult.None => Problems.Conflict("payments-off", "Cards are not taken."),
            _ => Problems.Conflict("point-busy", "Nobody can start at this charge point now."),
        };
    }

    /// <summary>What a change comes to, as an answer.</summary>
    internal static IResult Fault(TerminalResult result) => result switch
    {
        TerminalResult.Invalid invalid => Problems.Invalid(invalid.Faults.Errors),
        TerminalResult.Unavailable { Fault: ProviderFault.Keys } => Problems.Conflict("payments-off", "The payment provider's key is missing, or may not manage card readers."),
        TerminalResult.Unavailable => Problems.Of(StatusCodes.Status503ServiceUnavailable, "payments-unavailable", Texts.In(Texts.Language, "payments.unavailable")),
        _ => Missing(),
    };

    private static ProblemHttpResult Missing() => Problems.NotFound("card reader");
}
