using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Ladewerk.FakeStripe;

/// <summary>The API and the page of payers with an account.</summary>
public sealed partial class FakeServer
{
    /// <summary>Null: of something else.</summary>
    private JsonObject? OfContracts(string method, string[] path, Dictionary<string, string> form, string expand) => (method, path) switch
    {
        ("POST", ["customers"]) => Books.CreateCustomer(form),
        ("DELETE", ["customers", var id]) => Books.DeleteCustomer(id),
        ("POST", ["checkout", "sessions"]) when form.GetValueOrDefault("mode") == "setup" => FakeViews.Of(Books.OpenSetup(form), expand),
        ("GET", ["checkout", "sessions", var id]) when Books.FindSetup(id) is { } setup => Books.Do(() => FakeViews.Of(setup, expand)),
        ("POST", ["checkout", "sessions", var id, "expire"]) when Books.FindSetup(id) is not null => FakeViews.Of(Books.ExpireSetup(id), expand),
        ("GET", ["payment_methods", var id]) => FakeViews.Of(Books.Methods.FirstOrDefault(m => m.Id == id) ?? throw new FakeRefusalException(404, "invalid_request_error", "resource_missing")),
        ("POST", ["payment_methods", var id, "detach"]) => Books.Detach(id),
        ("POST", ["payment_intents"]) when form.ContainsKey("customer") => FakeViews.Of(Books.Charge(form), expand),
        ("GET", ["payment_intents"]) => new JsonObject
        {
            ["object"] = "list", ["url"] = "/v1/payment_intents", ["has_more"] = false,
            ["data"] = new JsonArray([.. Books.Do(() => Books.Intents.Where(i => i.Customer == form.GetValueOrDefault("customer")).Reverse().Select(i => FakeViews.Of(i, expand)).ToArray())]),
        },
        ("GET", ["disputes", var id]) => Books.Do(() => FakeViews.Of(Books.Dispute(id))),
        _ => null,
    };

    private static void MapSetupPage(WebApplication app, FakeBooks books)
    {
        app.MapGet("/setup/{id}", (string id) => Show(books, id, null));
        app.MapPost("/setup/{id}", async (string id, HttpContext http) =>
        {
            var form = await http.Request.ReadFormAsync(http.RequestAborted);
            if (books.FindSetup(id) is not { } setup)
            {
                return Results.NotFound();
            }

            return (form["bank"] == "no" ? "authentication_failed" : books.Give(id, form["card"].ToString(), form["bank"] == "yes")) switch
            {
                null => Results.Redirect(setup.Return),
                "3ds" => FakeCheckout.Html("3-D Secure", $"""
                    <p>Your bank asks: is it you who pays?</p>
                    <form method="post"><input type="hidden" name="card" value="{WebUtility.HtmlEncode(form["card"])}"><button name="bank" value="yes" id="yes">Yes</button> <button name="bank" value="no" id="no">No</button></form>
                    """),
                var refused => Show(books, id, refused),
            };
        });
    }

    private static IResult Show(FakeBooks books, string id, string? refused) => books.FindSetup(id) is not { } setup ? Results.NotFound()
        : setup.Status != "open" ? FakeCheckout.Html("Over", "<p>Nothing can be given here any more.</p>")
        : FakeCheckout.Html("Card or SEPA debit", $"""
            {(refused is null ? "" : $"<p class=\"refused\" role=\"alert\">Declined: {WebUtility.HtmlEncode(refused)}</p>")}
            <form method="post">
              <p><label>Card or IBAN <input name="card" id="card" value="4242 4242 4242 4242"></label></p>
              <button id="give">Save</button> <a href="{WebUtility.HtmlEncode(setup.Return)}">Back</a>
            </form>
            """);
}
