using System.Diagnostics;
using Ladewerk.FakeStripe;

namespace Ladewerk.Tests.Payments;

/// <summary>The official Stripe library for Node drives the fake through the flows that the server uses: the fake answers as Stripe does, or the library does not understand it.</summary>
public sealed class StripeJudgeTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "ThirdParty");

    [Fact]
    public async Task The_official_library_pays_captures_refunds_and_checks_signatures_at_the_fake()
    {
        await using var fake = await FakeServer.Start(0, PaymentScene.Secret, null);
        await Judge(fake, "stripe.mjs", PaymentScene.Secret, FakeHooks.Sign("{\"id\":\"evt_2\"}", PaymentScene.Secret, TimeProvider.System.GetUtcNow()));
    }

    [Fact]
    public async Task The_official_library_keeps_cards_and_mandates_charges_them_and_reads_disputes_at_the_fake()
    {
        await using var fake = await FakeServer.Start(0, PaymentScene.Secret, null);
        await Judge(fake, "stripe-contract.mjs");
    }

    [Fact]
    public async Task The_official_library_registers_readers_and_takes_cards_at_them_at_the_fake()
    {
        await using var fake = await FakeServer.Start(0, PaymentScene.Secret, null);
        await Judge(fake, "stripe-terminal.mjs");
    }

    [Fact]
    public async Task The_official_library_opens_accounts_for_others_pays_them_and_takes_back_at_the_fake()
    {
        await using var fake = await FakeServer.Start(0, PaymentScene.Secret, null);
        fake.Connect.TopUp(10_000, "eur");
        await Judge(fake, "stripe-connect.mjs");
    }

    private static async Task Judge(FakeServer fake, string script, params string[] more)
    {
        Directory.Exists(Path.Combine(Folder, "node_modules", "stripe")).ShouldBeTrue("run ./test, or npm ci in tests/Ladewerk.Tests/ThirdParty");
        using var node = Process.Start(new ProcessStartInfo("node", [script, fake.Address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), .. more])
        {
            WorkingDirectory = Folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var errors = node.StandardError.ReadToEndAsync();
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        node.ExitCode.ShouldBe(0, output + await errors);
        output.Trim().ShouldEndWith("agreed");
    }
}
