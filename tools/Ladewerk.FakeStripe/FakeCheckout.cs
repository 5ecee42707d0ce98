using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Ladewerk.FakeStripe;

/// <summary>The page on which a card is given, and the bank's question of 3-D Secure.</summary>
internal static class FakeCheckout
{
    public static void Map(WebApplication app, FakeBooks books)
    {
        app.MapGet("/favicon.ico", () => Results.NoContent());
        app.MapGet("/pay/{id}", (string id) => Show(books, id, null));
        app.MapPost("/pay/{id}", async (string id, HttpContext http) =>
        {
            var form = await http.Request.ReadFormAsync(http.RequestAborted);
            var page = books.Page(id);
            var confirmed = form["bank"] == "yes";
            var refused = form["bank"] == "no" ? "authentication_failed" : books.Pay(id, form["card"].ToString(), form["email"].ToString() is { Length: > 0 } email ? email : null, confirmed);
            return refused switch
            {
                null => Results.Redirect(page.Return),
                "3ds" => Html("3-D Secure", $"""
                    <p>Your bank asks: is it you who pays?</p>
                    <form method="post"><input type="hidden" name="card" value="{WebUtility.HtmlEncode(form["card"])}"><button name="bank" value="yes" id="yes">Yes</button> <button name="bank" value="no" id="no">No</button></form>
                    """),
                _ => Show(books, id, refused),
            };
        });
    }

    private static IResult Show(FakeBooks books, string id, string? refused)
    {
        FakePage page;
        try
        {
            page = books.Page(id);
        }
        catch (FakeRefusalException)
        {
            return Results.NotFound();
        }

        if (page.Status != "open")
        {
            return Html("Over", "<p>Nothing can be paid here any more.</p>");
        }

        var amount = (page.Intent.Amount / 100m).ToString("0.00", CultureInfo.InvariantCulture);
        return Html(page.Title, $"""
            {(refused is null ? "" : $"<p class=\"refused\" role=\"alert\">Declined: {WebUtility.HtmlEncode(refused)}</p>")}
            <p><b>{amount} {WebUtility.HtmlEncode(page.Intent.Currency.ToUpperInvariant())}</b></p>
            <form method="post">
              <p><label>E-mail <input name="email" type="email" id="email" value="{WebUtility.HtmlEncode(page.Email)}"></label></p>
              <p><label>Card (or IBAN) <input name="card" id="card" inputmode="numeric" value="4242 4242 4242 4242"></label></p>
              <button id="pay">Pay</button> <a href="{WebUtility.HtmlEncode(page.Return)}">Back</a>
            </form>
            """);
    }

    internal static IResult Html(string title, string body) => Results.Content(
        $$"""
        <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Pretended payment</title>
        <style>body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:2rem auto;padding:0 1rem}.fake{background:#fff3cd;border:1px solid #a67c00;padding:.5rem 1rem}input,button{font:inherit;padding:.5rem}.refused{color:#b00020}</style></head>
        <body><p class="fake"><b>Pretended payment page.</b> No money moves. Give no real card.</p><h1>{{WebUtility.HtmlEncode(title)}}</h1>{{body}}</body></html>
        """,
        "text/html; charset=utf-8");
}
