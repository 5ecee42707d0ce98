using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Ladewerk.Stations.Files;

/// <summary>
/// Under which address stations reach this server by HTTP: the configured one (<c>Ladewerk:PublicUrl</c>), else the one by which the
/// station's own socket came (a station in a private network knows another name than the office), else the first we listen on.
/// </summary>
internal sealed class PublicAddress(IConfiguration configuration, StationRegistry registry, IServer server)
{
    private const string Key = "Ladewerk:PublicUrl";

    /// <summary>Whether the configured address can be used; absent is well.</summary>
    public static bool IsValid(IConfiguration configuration) =>
        configuration[Key] is not { Length: > 0 } text || (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https");

    /// <summary>An address on this server for a station, such as http://10.0.0.5:8080/upload/...</summary>
    public string Of(StationId station, string path) => Base(station).TrimEnd('/') + path;

    private string Base(StationId station)
    {
        if (configuration[Key] is { Length: > 0 } configured)
        {
            return configured;
        }

        return registry.TryGet(station, out var link) && link.Origin is { } origin ? origin : Listening();
    }

    private string Listening()
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "http://127.0.0.1:8080";
        return BindingAddress.Parse(address) is { Host: "*" or "+" or "0.0.0.0" or "[::]" } all ? $"{all.Scheme}://{Environment.MachineName}:{all.Port}" : address;
    }
}
