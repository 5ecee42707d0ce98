using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ladewerk.Access;
using Ladewerk.Access.External;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Tests.Access;

/// <summary>Which ID tokens are believed.</summary>
public sealed class JsonWebTokenTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly TokenExpectation Expected = new("https://idp.example", "ladewerk", "n-once", Now, TimeSpan.FromMinutes(2));
    private static readonly RSA Rsa = RSA.Create(2048);
    private static readonly ECDsa Curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly IReadOnlyList<ProviderKey> Keys = ProviderKey.Read(JsonSerializer.SerializeToElement(new
    {
        keys = new object[]
        {
            new { kty = "RSA", kid = "r1", use = "sig", n = Url(Rsa.ExportParameters(false).Modulus!), e = Url(Rsa.ExportParameters(false).Exponent!) },
            new { kty = "EC", kid = "e1", crv = "P-256", x = Url(Curve.ExportParameters(false).Q.X!), y = Url(Curve.ExportParameters(false).Q.Y!) },
            new { kty = "oct", kid = "o1", k = "c2VjcmV0" },
            new { kty = "RSA", kid = "broken", n = "!!", e = "AQAB" },
        },
    }));

    [Theory]
    [InlineData("RS256", "r1")]
    [InlineData("PS256", "r1")]
    [InlineData("ES256", "e1")]
    [InlineData("RS256", null)]
    public void A_token_that_fits_is_believed(string algorithm, string? kid) => Fault(Token(algorithm, kid)).ShouldBeNull();

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("HS256")]
    [InlineData("RS1")]
    public void Unsigned_and_symmetric_ones_are_refused(string algorithm) => Fault(Token(algorithm, "r1")).ShouldBe(TokenFault.Algorithm);

    [Fact]
    public void The_public_key_is_no_shared_secret()
    {
        // A token "signed" by HMAC with the public key: an old mistake of libraries.
        var head = Url(Encoding.UTF8.GetBytes("{\"alg\":\"HS256\",\"kid\":\"r1\"}"));
        var body = Url(JsonSerializer.SerializeToUtf8Bytes(Claims()));
        var seal = HMACSHA256.HashData(Rsa.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes($"{head}.{body}"));
        Fault($"{head}.{body}.{Url(seal)}").ShouldBe(TokenFault.Algorithm);
    }

    [Fact]
    public void Another_key_and_an_unknown_one_are_refused()
    {
        using var stranger = RSA.Create(2048);
        Fault(Token("RS256", "r1", rsa: stranger)).ShouldBe(TokenFault.Signature);
        Fault(Token("RS256", "r2")).ShouldBe(TokenFault.UnknownKey);
        Fault(Token("ES256", "r1")).ShouldBe(TokenFault.UnknownKey); // the key is of another kind
        var parts = Token("RS256", "r1").Split('.');
        Fault($"{parts[0]}.{Url(JsonSerializer.SerializeToUtf8Bytes(Claims(c => c["sub"] = "admin")))}.{parts[2]}").ShouldBe(TokenFault.Signature);
        Fault($"{parts[0]}.{parts[1]}.").ShouldBe(TokenFault.Signature);
    }

    [Theory]
    [InlineData("iss", "https://other.example", TokenFault.Issuer)]
    [InlineData("sub", "", TokenFault.Issuer)]
    [InlineData("aud", "other", TokenFault.Audience)]
    [InlineData("azp", "other", TokenFault.Audience)]
    [InlineData("nonce", "another", TokenFault.Nonce)]
    public void What_it_says_must_fit(string claim, string value, TokenFault fault) => Fault(Token("RS256", "r1", c => c[claim] = value)).ShouldBe(fault);

    [Fact]
    public void Several_audiences_need_the_party_that_asked()
    {
        Fault(Token("RS256", "r1", c => c["aud"] = new[] { "ladewerk", "other" })).ShouldBe(TokenFault.Audience);
        Fault(Token("RS256", "r1", c => (c["aud"], c["azp"]) = (new[] { "ladewerk", "other" }, "ladewerk"))).ShouldBeNull();
    }

    [Theory]
    [InlineData("exp", -121, TokenFault.Time)]
    [InlineData("exp", -60, null)]
    [InlineData("nbf", 300, TokenFault.Time)]
    [InlineData("nbf", 60, null)]
    [InlineData("iat", 300, TokenFault.Time)]
    public void Time_counts_within_what_clocks_may_differ(string claim, int seconds, TokenFault? fault) =>
        Fault(Token("RS256", "r1", c => c[claim] = Now.AddSeconds(seconds).ToUnixTimeSeconds())).ShouldBe(fault);

    [Theory]
    [InlineData("exp")]
    [InlineData("iat")]
    [InlineData("nonce")]
    [InlineData("aud")]
    [InlineData("iss")]
    public void What_must_be_there_is_missed(string claim) => Fault(Token("RS256", "r1", c => c.Remove(claim))).ShouldNotBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a.b.c.d")]
    [InlineData("....")]
    [InlineData("e30.e30.e30")]
    [InlineData("W10.e30.")]
    public void Nonsense_is_refused_without_a_word(string token) => Fault(token).ShouldNotBeNull();

    [Theory]
    [InlineData(true, false, false, ExternalVerdict.SignIn)]
    [InlineData(false, true, true, ExternalVerdict.Link)]
    [InlineData(false, false, true, ExternalVerdict.LinkFirst)]
    [InlineData(false, false, false, ExternalVerdict.Create)]
    public void The_operators_rules_decide(bool isTied, bool isKnown, bool isTaken, ExternalVerdict verdict) =>
        ExternalRules.Decide(Provider(), Person("anna@firma.example"), isTied, isKnown, isTaken).ShouldBe(verdict);

    [Fact]
    public void No_rule_makes_somebody_run_the_installation()
    {
        var provider = Provider();
        provider.Roles = [new("all", Role.PlatformAdmin), new("all", Role.Support)];
        ExternalRules.RoleOf(provider, Person("a@firma.example", "all")).ShouldBe(Role.Support);
        provider.Roles = [];
        provider.DefaultRole = Role.PlatformAdmin;
        ExternalRules.RoleOf(provider, Person("a@firma.example", "all")).ShouldBeNull();
        ExternalRules.Decide(provider, Person("a@firma.example"), isTied: false, isKnown: false, isTaken: false).ShouldBe(ExternalVerdict.NoRole);
        ExternalRules.Decide(Provider(), Person("a@elsewhere.example"), isTied: false, isKnown: false, isTaken: false).ShouldBe(ExternalVerdict.Domain);
        ExternalRules.Decide(Provider(), Person("a@firma.example") with { EmailVerified = false }, isTied: false, isKnown: true, isTaken: true).ShouldBe(ExternalVerdict.LinkFirst);
    }

    private static IdentityProvider Provider() => new()
    {
        TenantId = TenantId.New(), Name = "Firma", Issuer = "https://idp.example", ClientId = "x", ClientSecret = "", CreateAccounts = true, LinkByEmail = true, EmailDomains = ["firma.example"], DefaultRole = Role.ReadOnly,
    };

    private static ExternalPerson Person(string email, params string[] groups) => new("subject", email, EmailVerified: true, "Anna", groups);

    private static TokenFault? Fault(string token) => JsonWebToken.Validate(token, Keys, Expected).Fault;

    private static Dictionary<string, object> Claims(Action<Dictionary<string, object>>? change = null)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["iss"] = "https://idp.example", ["sub"] = "u1", ["aud"] = "ladewerk", ["exp"] = Now.AddMinutes(10).ToUnixTimeSeconds(), ["iat"] = Now.ToUnixTimeSeconds(), ["nonce"] = "n-once",
        };
        change?.Invoke(claims);
        return claims;
    }

    private static string Token(string algorithm, string? kid, Action<Dictionary<string, object>>? change = null, RSA? rsa = null)
    {
        var header = new Dictionary<string, string>(StringComparer.Ordinal) { ["alg"] = algorithm };
        if (kid is not null)
        {
            header["kid"] = kid;
        }

        var signed = $"{Url(JsonSerializer.SerializeToUtf8Bytes(header))}.{Url(JsonSerializer.SerializeToUtf8Bytes(Claims(change)))}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        var seal = algorithm switch
        {
            "RS256" => (rsa ?? Rsa).SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "PS256" => Rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            "ES256" => Curve.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            _ => [],
        };
        return $"{signed}.{Url(seal)}";
    }

    private static string Url(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
