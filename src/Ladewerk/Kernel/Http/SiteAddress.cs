using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Ladewerk.Kernel.Http;

/// <summary>
/// Under which address people reach this server, for links that leave it: the configured one (<c>Ladewerk:PublicUrl</c>), else the first we listen on.
/// Never what a request says in its Host header: a link in a mail would lead wherever a stranger wants.
/// </summary>
public sealed class SiteAddress(IConfiguration configuration, IServer server)
{
    /// <summary>The address without a slash at the end, such as https://laden.example.org.</summary>
    public string Base => configuration["Ladewerk:PublicUrl"] is { Length: > 0 } configured ? configured.TrimEnd('/') : Listening();

    /// <summary>A place on this server as a whole address.</summary>
    public Uri Of(string path) => new(Base + path);

    private string Listening()
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "http://127.0.0.1:8080";
        return BindingAddress.Parse(address) is { Host: "*" or "+" or "0.0.0.0" or "[::]" } all ? $"{all.Scheme}://{Environment.MachineName}:{all.Port}" : address.TrimEnd('/');
    }
}
