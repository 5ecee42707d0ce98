using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Ladewerk.FakeStripe;

/// <summary>The API of card readers, and a page on which cards are held to them.</summary>
public sealed partial class FakeServer
{
    /// <summary>Null: of something else.</summary>
    private JsonObject? OfReaders(string method, string[] path, Dictionary<string, string> form, string expand) => (method, path) switch
    {
        ("POST", ["terminal", "locations"]) => Books.AddLocation(form),
        ("POST", ["terminal", "readers"]) => Books.Do(() => FakeViews.Of(Books.AddReader(form))),
        ("GET", ["terminal", "readers"]) => Books.Do(() => new JsonObject { ["object"] = "list", ["url"] = "/v1/terminal/readers", ["has_more"] = false, ["data"] = new JsonArray([.. Books.Readers.Select(FakeViews.Of)]) }),
        ("GET", ["terminal", "readers", var id]) => Books.Do(() => FakeViews.Of(Books.Reader(id))),
        ("POST", ["terminal", "readers", var id]) => Books.Do(() => FakeViews.Of(Books.Rename(id, form.GetValueOrDefault("label")))),
        ("DELETE", ["terminal", "readers", var id]) => Books.RemoveReader(id),
        ("POST", ["terminal", "readers", var id, "process_payment_intent"]) => Books.Do(() => FakeViews.Of(Books.Process(id, form.GetValueOrDefault("payment_intent") ?? ""))),
        ("POST", ["terminal", "readers", var id, "cancel_action"]) => Books.Do(() => FakeViews.Of(Books.CancelAction(id))),
        ("POST", ["test_helpers", "terminal", "readers", var id, "present_payment_method"]) => Books.Do(() => FakeViews.Of(Books.Present(id, form.GetValueOrDefault("card_present[number]") ?? FakeCards.Good))),
        ("POST", ["payment_intents"]) when form.GetValueOrDefault("payment_method_types[0]") == "card_present" => FakeViews.Of(Books.NewPresent(form), expand),
        _ => null,
    };

    private static void MapReaderPage(WebApplication app, FakeBooks books)
    {
        app.MapGet("/readers", () => Readers(books));
        app.MapPost("/readers/{id}", async (string id, HttpContext http) =>
        {
            var card = (await http.Request.ReadFormAsync(http.RequestAborted))["card"].ToString();
            try
            {
                if (card == "cancel")
                {
                    books.PressCancel(id);
                }
                else
                {
                    books.Present(id, card);
                }
            }
            catch (FakeRefusalException refusal)
            {
                return FakeCheckout.Html("Card reader", $"<p>{WebUtility.HtmlEncode(refusal.Message)}</p><p><a href=\"/readers\">Back</a></p>");
            }

            return Results.Redirect("/readers");
        });
    }

    private static IResult Readers(FakeBooks books) => FakeCheckout.Html("Card readers", string.Concat(books.Readers.Select(r => books.Do(() => $"""
        <h2>{WebUtility.HtmlEncode(r.Label)}</h2>
        <p>{(r.AsksFor is { } intent ? $"Hold your card here: {books.Intent(intent).Amount / 100m:0.00} {books.Intent(intent).Currency.ToUpperInvariant()}" : r.Online ? "Ready" : "Offline")}</p>
        <form method="post" action="/readers/{r.Id}"><button name="card" value="{FakeCards.Good}">A good card</button> <button name="card" value="4000000000000002">A card that is declined</button> <button name="card" value="cancel">Cancel</button></form>
        """))) is { Length: > 0 } list ? list : "<p>No reader is registered yet.</p>");
}
