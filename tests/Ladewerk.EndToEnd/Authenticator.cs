using Microsoft.Playwright;

namespace Ladewerk.EndToEnd;

/// <summary>The authenticator that Chromium simulates: it has a fingerprint sensor, and the finger is always there.</summary>
internal static class Authenticator
{
    /// <summary>Gives a page the authenticator.</summary>
    /// <returns>How to speak to it, and its id.</returns>
    public static async Task<(ICDPSession Devices, string Id)> Add(IBrowserContext window, IPage page)
    {
        var devices = await window.NewCDPSessionAsync(page);
        await devices.SendAsync("WebAuthn.enable");
        var added = await devices.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new { protocol = "ctap2", transport = "internal", hasResidentKey = true, hasUserVerification = true, isUserVerified = true, automaticPresenceSimulation = true },
        });
        return (devices, added!.Value.GetProperty("authenticatorId").GetString()!);
    }
}
