using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ladewerk.Notifications.Push;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Notifications;

/// <summary>Web push: the standard's own example, and a push service that decrypts as a browser does.</summary>
public sealed class PushTests(Database database)
{
    [Fact]
    public void The_example_of_RFC_8291_comes_out_to_the_byte()
    {
        using var own = ECDiffieHellman.Create(Key("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8", "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"));
        var encrypted = PushCrypto.Encrypt(
            "When I grow up, I want to be a watermelon"u8, B("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"), B("BTBZMqHH6r4Tts7J_aSIgg"), own, B("DGv6ra1nlYgDCS1FRnbzlw"));

        Base64Url.EncodeToString(encrypted).ShouldBe(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
    }

    [Fact]
    public async Task A_push_service_gets_what_only_the_browser_can_read_and_a_browser_that_is_gone_is_forgotten()
    {
        using var browser = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var secret = RandomNumberGenerator.GetBytes(16);
        await using var service = await Listener.Start();
        await using var host = await LadewerkHost.Start(database, options: NotifyHost.Quick(new Dictionary<string, string?> { ["Outgoing:AllowPrivate"] = "true" }));
        await host.Api.Put("/api/v1/notifications/rules", new { gatherSeconds = 0, pauseMinutes = 0, defaults = new { unknownBadge = new[] { "push", "feed" } } }).Is(HttpStatusCode.OK);
        using var admin = await NotifyHost.Admin(host);
        var key = (await admin.Json("/api/v1/push/key")).GetProperty("publicKey").GetString()!;
        (await admin.Json("/api/v1/push/key")).GetProperty("publicKey").GetString().ShouldBe(key);
        PushCrypto.IsKey(B(key)).ShouldBeTrue();
        (await NotifyHost.Scalar<string>(host, "select protected_key from push_key")).ShouldNotContain(key);
        await Subscribe(host, admin, $"{service.Address}push/1", PushCrypto.Point(browser.ExportParameters(false)), secret);

        await using var station = await TestStation.Connect(host, "P-1");
        await station.Call("Authorize", new { idTag = "DEADBEEF01" });
        var received = await service.Next();

        received.Headers["Content-Encoding"].ShouldBe("aes128gcm");
        int.Parse(received.Headers["TTL"]).ShouldBeGreaterThan(3600);
        Encoding.UTF8.GetString(received.Body).ShouldNotContain("P-1");
        var message = JsonDocument.Parse(Decrypt(received.Body, browser, secret)).RootElement;
        message.GetProperty("title").GetString().ShouldBe("Unbekannte Karte an P-1");
        message.GetProperty("href").GetString().ShouldBe("/portal/id-tokens");
        message.GetProperty("tag").GetString().ShouldBe("unknownBadge:/portal/id-tokens");
        using (var picture = await admin.GetAsync(message.GetProperty("icon").GetString()))
        {
            picture.Content.Headers.ContentType!.MediaType.ShouldBe("image/png");
        }

        ShouldBeSigned(received.Headers["Authorization"], key, service.Address.TrimEnd('/'));

        service.Answer = _ => HttpStatusCode.Gone;
        await station.Call("Authorize", new { idTag = "DEADBEEF02" });
        await service.Next();
        await NotifyHost.Until(async () => await NotifyHost.Scalar<long>(host, "select count(*) from push_subscription") == 0);
        (await NotifyHost.Scalar<long>(host, "select count(*) from push_message")).ShouldBe(0);
    }

    [Fact]
    public async Task An_endpoint_within_our_own_walls_and_a_broken_key_are_refused()
    {
        await using var host = await LadewerkHost.Start(database);
        using var admin = await NotifyHost.Admin(host);
        foreach (var endpoint in new[] { "https://127.0.0.1/x", "https://10.1.2.3/x", "https://[::1]/x", "https://169.254.169.254/x", "http://push.example.com/x", "https://localhost/x", "ftp://push.example.com" })
        {
            using var answer = await Post(admin, endpoint, RandomNumberGenerator.GetBytes(65), RandomNumberGenerator.GetBytes(16));
            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest, endpoint);
        }

        using var bad = await Post(admin, "https://push.example.com/x", [4, .. RandomNumberGenerator.GetBytes(64)], RandomNumberGenerator.GetBytes(16));
        bad.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private static async Task Subscribe(LadewerkHost host, HttpClient browser, string endpoint, byte[] key, byte[] secret)
    {
        using var answer = await Post(browser, endpoint, key, secret);
        await answer.Is(HttpStatusCode.Created);
        (await browser.Json("/api/v1/push/subscriptions")).GetProperty("items").GetArrayLength().ShouldBe(1);
        await host.Api.GetAsync("/api/v1/push/subscriptions").IsProblem(HttpStatusCode.Conflict, "no-person");
    }

    private static async Task<HttpResponseMessage> Post(HttpClient browser, string endpoint, byte[] key, byte[] secret)
    {
        var page = await browser.GetStringAsync("/portal/notifications");
        var token = page.Split("name=\"csrf-token\" content=\"")[1].Split('"')[0];
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/push/subscriptions")
        {
            Content = new StringContent(JsonSerializer.Serialize(new { endpoint, keys = new { p256dh = Base64Url.EncodeToString(key), auth = Base64Url.EncodeToString(secret) } }), Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("RequestVerificationToken", token);
        return await browser.SendAsync(request);
    }

    private static void ShouldBeSigned(string authorization, string key, string audience)
    {
        authorization.ShouldStartWith("vapid t=");
        authorization.ShouldEndWith(", k=" + key);
        var parts = authorization["vapid t=".Length..].Split(',')[0].Split('.');
        JsonDocument.Parse(B(parts[1])).RootElement.GetProperty("aud").GetString().ShouldBe(audience);
        var point = B(key);
        using var verifier = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = point[1..33], Y = point[33..] } });
        verifier.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), B(parts[2]), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation).ShouldBeTrue();
    }

    /// <summary>What a browser does (RFC 8291 §3.4, the other way round).</summary>
    private static byte[] Decrypt(byte[] body, ECDiffieHellman browser, byte[] secret)
    {
        var (salt, sender) = (body[..16], body[21..86]);
        using var other = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = sender[1..33], Y = sender[33..] } });
        var shared = browser.DeriveRawSecretAgreement(other.PublicKey);
        var material = HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, 32, secret, [.. "WebPush: info\0"u8, .. PushCrypto.Point(browser.ExportParameters(false)), .. sender]);
        using var aes = new AesGcm(HKDF.DeriveKey(HashAlgorithmName.SHA256, material, 16, salt, [.. "Content-Encoding: aes128gcm\0"u8]), 16);
        var plain = new byte[body.Length - 86 - 16];
        aes.Decrypt(HKDF.DeriveKey(HashAlgorithmName.SHA256, material, 12, salt, [.. "Content-Encoding: nonce\0"u8]), body.AsSpan(86, plain.Length), body.AsSpan(86 + plain.Length), plain);
        return plain[..Array.LastIndexOf(plain, (byte)2)];
    }

    private static ECParameters Key(string point, string d) => new() { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = B(point)[1..33], Y = B(point)[33..] }, D = B(d) };

    private static byte[] B(string text) => Base64Url.DecodeFromChars(text);
}
