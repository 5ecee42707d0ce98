using System.Net;
using Ladewerk.Kernel.Http;

namespace Ladewerk.Tests.Kernel;

public sealed class SafeHttpTests
{
    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2a00:1450:4001:81b::200e", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("fec0::1", false)]
    [InlineData("3fff::1", false)]
    public void Addresses_of_users_lead_to_public_places_only(string address, bool isPublic) => SafeHttp.IsPublic(IPAddress.Parse(address)).ShouldBe(isPublic);

    [Theory]
    [InlineData("https://hooks.example.org/a?b=c", true)]
    [InlineData("https://8.8.8.8/", true)]
    [InlineData("http://hooks.example.org/", false)]
    [InlineData("https://user@hooks.example.org/", false)]
    [InlineData("https://localhost/", false)]
    [InlineData("https://127.0.0.1/", false)]
    [InlineData("https://[fd00::1]/", false)]
    [InlineData("https://intranet/", false)]
    [InlineData("/relative", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void What_may_be_entered_is_a_public_https_address(string? address, bool isAllowed) => SafeHttp.IsAllowed(address, new OutgoingOptions()).ShouldBe(isAllowed);

    [Fact]
    public void A_closed_network_may_open_itself() => SafeHttp.IsAllowed("http://10.0.0.1/hook", new OutgoingOptions { AllowPrivate = true }).ShouldBeTrue();

    [Fact]
    public async Task A_name_that_leads_inside_is_not_called()
    {
        using var client = new HttpClient(SafeHttp.Handler(new OutgoingOptions()));
        (await Should.ThrowAsync<HttpRequestException>(() => client.GetAsync("http://localhost:1/", TestContext.Current.CancellationToken))).Message.ShouldContain("no public address");
    }
}
