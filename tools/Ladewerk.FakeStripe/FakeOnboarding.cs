using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Ladewerk.FakeStripe;

/// <summary>The pages on which the owner of a connected account says who it is.</summary>
internal static class FakeOnboarding
{
    public static void Map(WebApplication app, FakeConnect connect)
    {
        app.MapGet("/connect/{link}", (string link) => connect.Follow(link, keep: true) is { } found
            ? Results.Content(
                $"""
                <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Pretended account</title></head>
                <body><p><b>Pretended account page.</b> Give no real bank account.</p><h1>{WebUtility.HtmlEncode(found.Account.Name)}</h1>
                <form method="post"><button name="all" value="yes" id="all">Everything is said</button> <button name="all" value="no" id="later">Later</button></form></body></html>
                """,
                "text/html; charset=utf-8")
            : Results.Content("This link was used already.", "text/plain; charset=utf-8", statusCode: StatusCodes.Status410Gone));
        app.MapPost("/connect/{link}", async (string link, HttpContext http) =>
        {
            var form = await http.Request.ReadFormAsync(http.RequestAborted);
            if (connect.Follow(link, keep: false) is not { } found)
            {
                return Results.StatusCode(StatusCodes.Status410Gone);
            }

            if (form["all"] == "yes")
            {
                connect.Become(found.Account.Id, ready: true);
            }

            return Results.Redirect(found.Return);
        });
    }
}
