using System.Globalization;
using System.Text.Json;
using Ladewerk.FakeStripe;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Payments;

/// <summary>
/// The server is killed (kill -9) at random moments while cards are charged, money goes back and to hosts, and invoices are issued: most often between the provider's yes
/// and our own commit. Afterwards everything has happened, once. LADEWERK_KILLS makes it longer: see bench/kills.sh.
/// </summary>
public sealed class PaymentKillTests(Database database)
{
    private const int AtOnce = 6;
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("LADEWERK_KILLS") ?? "10", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Money_moves_once_however_often_the_server_is_killed()
    {
        await using var fake = await FakeServer.Start(0, PaymentScene.Secret, null);
        var connection = await database.Create();
        await using var server = await ServerProcess.Start(
            connection, ("Stripe__ApiBase", fake.Address.ToString()), ("Stripe__SecretKey", "sk_test_of_the_tests"), ("Stripe__WebhookSecret", PaymentScene.Secret), ("Stripe__Backoff", "00:00:00.050"));
        fake.Hooks.Target = new Uri(server.Address, "/webhooks/stripe");
        await using var till = new Till(connection, fake);
        await till.Fill(Kills * AtOnce, Kills);
        var chance = new Random(Kills);
        for (var round = 0; round < Kills; round++)
        {
            await KillDuring(round, server, fake, till, chance);
            await till.LeasesEnd();
            await server.Run();
        }

        await till.Due(0, Kills * AtOnce);
        await Settled(server, till);
        await till.ShouldHaveMovedOnce();
        await ShouldAgree(server);
    }

    /// <summary>One round: payments become due, refunds and an invoice are asked for, and in the midst of it the server is gone.</summary>
    private static async Task KillDuring(int round, ServerProcess server, FakeServer fake, Till till, Random chance)
    {
        var (call, beforeAnswer, after) = (chance.Next(1, AtOnce + 1), chance.Next(3) > 0, TimeSpan.FromMilliseconds(chance.Next(30)));
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = call;
        fake.BeforeAnswer = async _ =>
        {
            if (Interlocked.Decrement(ref left) == 0)
            {
                await (beforeAnswer ? server.Kill() : Task.CompletedTask);
                reached.SetResult();
            }
        };
        await till.Due(round * AtOnce, AtOnce);
        var earlier = Math.Max(1, (round - 1) * AtOnce);
        var asked = Task.WhenAll(
            Ask(server, "/api/v1/invoices/run", new { billingAccountId = till.Accounts[round] }), Ask(server, $"/api/v1/payouts/{till.Payouts[round]}/release", new { }),
            Refund(server, till, chance.Next(earlier)), Refund(server, till, chance.Next(earlier)));
        await reached.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        if (!beforeAnswer)
        {
            await Task.Delay(after, TestContext.Current.CancellationToken);
            await server.Kill();
        }

        fake.BeforeAnswer = null;
        await asked;
    }

    private static Task Refund(ServerProcess server, Till till, int payment) => Ask(server, $"/api/v1/payments/{till.Payments[payment].Id}/refunds", new { amount = 0.25m });

    /// <summary>Whether it was heard, nobody knows.</summary>
    private static async Task Ask(ServerProcess server, string path, object body)
    {
        try
        {
            using var content = new StringContent(JsonSerializer.Serialize(body), System.Text.Encoding.UTF8, "application/json");
            using var answer = await server.Api.PostAsync(new Uri(path, UriKind.Relative), content);
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException)
        {
            return;
        }
    }

    private static async Task Settled(ServerProcess server, Till till)
    {
        await Ask(server, "/api/v1/invoices/run", new { });
        for (var i = 0; await till.Open() is { Length: > 0 } open; i++)
        {
            (i < 600).ShouldBeTrue(open);
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    private static async Task ShouldAgree(ServerProcess server)
    {
        var rows = (await server.Api.Json("/api/v1/ledger/agreement")).GetProperty("items").EnumerateArray().ToList();
        rows.ShouldAllBe(r => r.GetProperty("agrees").GetBoolean());

        // The night's own may be under way.
        var answer = await server.Api.Post("/api/v1/payments/reconciliations", new { });
        for (var i = 0; i < 300 && answer.StatusCode == System.Net.HttpStatusCode.Conflict; i++)
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
            answer = await server.Api.Post("/api/v1/payments/reconciliations", new { });
        }

        var run = await answer.Is(System.Net.HttpStatusCode.OK);
        (run.GetProperty("state").GetString(), run.GetProperty("differences").GetArrayLength()).ShouldBe(("done", 0), run.ToString());
    }
}
