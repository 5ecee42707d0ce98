using Ladewerk.Kernel;
using Ladewerk.Kernel.Mail;
using Ladewerk.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Ladewerk.Tests.Kernel;

/// <summary>The mail queue against a mail server that is not ours.</summary>
public sealed class MailTests(Database database)
{
    private static NewMail Mail(string to = "anna@example.org", string language = "de") => new("test", to, language, "Grüße aus Köln", new MailContent(
        "Guten Tag <Anna>", ["Ihr Fahrzeug ist geladen & bereit."])
    {
        Facts = [new("Energie", "12,3 kWh")], Action = new("Ansehen", new Uri("https://laden.example/x?a=1&b=2")), SmallPrint = ["Der Link gilt eine Stunde."],
    })
    { ToName = "Anna Müller" };

    [Fact]
    public async Task A_mail_arrives_with_text_html_brand_and_a_message_id_of_its_own()
    {
        await using var server = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, options: server.Options);
        await Run(host, "update tenant set name = 'Stadtwerke Musterstadt', brand = '{\"colour\":\"#7a1fa2\"}', profile = '{\"legalName\":\"SMU GmbH\",\"city\":\"Musterstadt\",\"email\":\"info@smu.example\"}'");

        var id = await Enqueue(host, Mail() with { Unsubscribe = new Uri("https://laden.example/stop/abc"), Attachments = [new("Rechnung.pdf", "application/pdf", [1, 2, 3])] });

        var mail = await server.Received("anna@example.org");
        mail.Subject.ShouldBe("Grüße aus Köln");
        mail.From.ShouldBe(new ReceivedFrom("laden@stadtwerke.example", "Stadtwerke Musterstadt"));
        mail.ToName.ShouldBe("Anna Müller");
        mail.Text.ShouldContain("Ihr Fahrzeug ist geladen & bereit.");
        mail.Text.ShouldContain("https://laden.example/x?a=1&b=2");
        mail.Text.ShouldContain("SMU GmbH");
        mail.Html.ShouldContain("Guten Tag &lt;Anna&gt;");
        mail.Html.ShouldContain("background:#7a1fa2");
        mail.Html.ShouldContain("lang=\"de\"");
        mail.MessageId.ShouldBe($"<{id}@stadtwerke.example>");
        mail.Headers["list-unsubscribe"].ShouldBe("<https://laden.example/stop/abc>");
        mail.Headers["list-unsubscribe-post"].ShouldBe("List-Unsubscribe=One-Click");
        mail.Headers["reply-to"].ShouldContain("info@smu.example");
        mail.Attachments.ShouldHaveSingleItem().ShouldBe(new ReceivedFile("Rechnung.pdf", "application/pdf", 3));
    }

    [Fact]
    public async Task What_a_mail_says_is_never_readable_in_the_database_and_erased_once_it_was_sent()
    {
        await using var host = await LadewerkHost.Start(database);
        await Enqueue(host, Mail());

        (await Scalar<string>(host, "select body from mail")).ShouldNotContain("laden.example");
        (await Scalar<long>(host, "select count(*) from mail where sent_at is null and parked_at is null")).ShouldBe(1, "without a server mails wait");

        await using var server = await SmtpServer.Start();
        await using var sender = await LadewerkHost.Start(database, options: server.Options);
        await Enqueue(sender, Mail());
        await server.Received("anna@example.org");
        await Until(async () => await Scalar<long>(sender, "select count(*) from mail where sent_at is not null and body is null") == 1);
    }

    [Fact]
    public async Task A_mail_goes_with_the_transaction_that_it_tells_of_or_not_at_all()
    {
        await using var host = await LadewerkHost.Start(database);
        await using (var scope = await Scope(host))
        {
            var db = scope.ServiceProvider.GetRequiredService<LadewerkDb>();
            await using var transaction = await db.Database.BeginTransactionAsync();
            scope.ServiceProvider.GetRequiredService<MailQueue>().Enqueue(Mail());
            await db.SaveChangesAsync();
            await transaction.RollbackAsync();
        }

        (await Scalar<long>(host, "select count(*) from mail")).ShouldBe(0);
    }

    [Fact]
    public async Task A_mail_that_is_turned_away_for_now_comes_again_and_one_that_is_refused_is_parked()
    {
        var time = new ManualTime();
        await using var server = await SmtpServer.Start();
        await using var host = await LadewerkHost.Start(database, time, server.Options);
        await Enqueue(host, Mail("slow@later.example"));
        await Enqueue(host, Mail("nobody@refused.example"));

        await Until(async () => await Scalar<long>(host, "select count(*) from mail where parked_at is not null and recipient like 'nobody@%'") == 1);
        (await Scalar<string>(host, "select last_error from mail where parked_at is not null")).ShouldNotContain("nobody@");
        await Until(async () => await Scalar<long>(host, "select count(*) from mail where attempts = 1 and parked_at is null and available_at > created_at") == 1);
        server.All.ShouldBeEmpty();

        time.Advance(TimeSpan.FromMinutes(1));
        await server.Received("slow@later.example");
    }

    [Fact]
    public async Task A_server_that_is_away_costs_no_mail_an_attempt_and_gets_all_of_them_when_it_is_back()
    {
        var time = new ManualTime();
        await using var server = await SmtpServer.Start();
        await server.Stop();
        await using var host = await LadewerkHost.Start(database, time, server.Options);
        foreach (var i in Enumerable.Range(1, 30))
        {
            await Enqueue(host, Mail($"p{i}@example.org"));
        }

        await Until(async () => await Scalar<long>(host, "select count(*) from mail where last_error is not null") > 0);
        await host.Restart();
        await server.StartAgain();
        for (var i = 1; i <= 30; i++)
        {
            time.Advance(TimeSpan.FromMinutes(5));
            await server.Received($"p{i}@example.org");
        }

        server.All.Select(m => m.MessageId).Distinct().Count().ShouldBe(30);
        (await Scalar<int>(host, "select max(attempts) from mail")).ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public async Task A_link_that_holds_no_longer_is_not_sent_but_erased()
    {
        var time = new ManualTime();
        await using var host = await LadewerkHost.Start(database, time);
        await Enqueue(host, Mail() with { ExpiresAt = time.GetUtcNow().AddHours(1) });

        time.Advance(TimeSpan.FromHours(3));
        await Until(async () => await Scalar<long>(host, "select count(*) from mail where body is null and parked_at is not null and last_error = 'expired'") == 1);
    }

    [Theory]
    [InlineData("a@b.example\r\nBcc: x@y.example")]
    [InlineData("Anna <a@b.example>")]
    [InlineData("a@b.example, c@d.example")]
    [InlineData("a@localhost")]
    [InlineData("")]
    public void What_is_not_one_plain_address_is_refused(string text) => MailQueue.IsAddress(text).ShouldBeFalse();

    [Fact]
    public async Task With_a_user_the_server_is_told_who_sends_over_an_encrypted_connection()
    {
        using var pki = new TestPki();
        using var issued = pki.Issue("127.0.0.1");
        var (certificate, key) = (Path.Combine(pki.Folder, "mail.pem"), Path.Combine(pki.Folder, "mail.key"));
        await File.WriteAllTextAsync(certificate, issued.ExportCertificatePem());
        await File.WriteAllTextAsync(key, System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(issued)!.ExportPkcs8PrivateKeyPem());
        await using var server = await SmtpServer.Start("ladewerk", "a secret", (certificate, key));
        var options = server.Options;
        (options["Smtp:UseTls"], options["Smtp:User"], options["Smtp:Password"]) = ("true", "ladewerk", "a secret");

        // Nobody vouches for this server's certificate: nothing is sent, least of all the password.
        await using var host = await LadewerkHost.Start(database, options: options);
        await Enqueue(host, Mail());
        await Until(async () => await Scalar<long>(host, "select count(*) from mail where last_error is not null and attempts = 0 and sent_at is null") == 1);
        server.All.ShouldBeEmpty();
    }

    private static async Task<MailId> Enqueue(LadewerkHost host, NewMail mail)
    {
        await using var scope = await Scope(host);
        var id = scope.ServiceProvider.GetRequiredService<MailQueue>().Enqueue(mail);
        await scope.ServiceProvider.GetRequiredService<LadewerkDb>().SaveChangesAsync();
        return id;
    }

    private static async Task<AsyncServiceScope> Scope(LadewerkHost host)
    {
        var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(TenantId.From(await Scalar<Guid>(host, "select id from tenant")));
        return scope;
    }

    private static async Task Until(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 300 && !await holds(); i++)
        {
            await Task.Delay(100);
        }

        (await holds()).ShouldBeTrue();
    }

    private static async Task Run(LadewerkHost host, string sql)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<T> Scalar<T>(LadewerkHost host, string sql)
    {
        await using var data = NpgsqlDataSource.Create(host.ConnectionString);
        await using var command = data.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
