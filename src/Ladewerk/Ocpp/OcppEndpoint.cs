using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Ladewerk.Stations.Quirks;
using Ladewerk.Stations.Security;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Ladewerk.Ocpp;

/// <summary>Where stations connect.</summary>
internal sealed class OcppEndpoint(
    Admission admission, StationRegistry registry, IEnumerable<IProtocol> protocols, SocketServices services, IOptions<OcppOptions> options, IHostApplicationLifetime lifetime)
{
    private long lastEpoch;

    public async Task Accept(HttpContext http)
    {
        var target = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (StationAddress.Parse(target) is not { } address)
        {
            await Refuse(http, StatusCodes.Status404NotFound, "A station's address is /ocpp/{stationId} or /ocpp/{tenant}/{stationId}.");
            return;
        }

        if (!http.WebSockets.IsWebSocketRequest)
        {
            http.Response.Headers.Upgrade = "websocket";
            await Refuse(http, StatusCodes.Status426UpgradeRequired, "This address speaks OCPP over WebSocket: send Connection: Upgrade and Upgrade: websocket.");
            return;
        }

        try
        {
            switch (await admission.Decide(http, address, http.RequestAborted))
            {
                case Admitted.Refused refused:
                    await Refuse(http, refused.Status, refused.Explanation);
                    break;
                case Admitted.In admitted:
                    await Serve(http, admitted);
                    break;
            }
        }
        catch (NpgsqlException) when (!http.Response.HasStarted)
        {
            http.Response.Headers.RetryAfter = "10";
            await Refuse(http, StatusCodes.Status503ServiceUnavailable, "The database is unreachable; try again.");
        }
    }

    private static Task Refuse(HttpContext http, int status, string explanation)
    {
        http.Response.StatusCode = status;
        if (status == StatusCodes.Status401Unauthorized)
        {
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"ladewerk\", charset=\"UTF-8\"";
        }

        return http.Response.WriteAsync(explanation);
    }

    private async Task Serve(HttpContext http, Admitted.In admitted)
    {
        var protocol = protocols.First(p => p.Subprotocol == admitted.Protocol);
        using var webSocket = await http.WebSockets.AcceptWebSocketAsync(SocketHabits.Of(admitted, http.Request, options.Value));
        var known = admitted.Station;
        var place = new SessionPlace(known.TenantId, known.Id, known.Identity, known.SiteId, known.TimeZone);
        var habits = new StationHabits(known.Quirks);
        SocketHabits.Count(habits, admitted, http);
        var station = new StationContext(known, new StationSessions(place, Outlets(known), habits, isWholeHistory: false) { Market = services.Market.Live(place.TenantId) }) { UpgradeAdded = http.Features.Get<RepairedUpgrade>() is not null };
        using var socket = new StationSocket(webSocket, station, protocol, services) { Origin = http.Request.Host.HasValue ? $"{http.Request.Scheme}://{http.Request.Host}" : null };

        // The newest socket wins, but only after the old one has written its last.
        if (registry.Enter(known.Id, socket) is StationSocket old)
        {
            await old.Close("superseded by a new connection");
        }

        var epoch = NextEpoch();
        try
        {
            station.Sessions = await services.Sessions.Reload(station.Sessions, http.RequestAborted);
            services.Directory.Enter(station.Sessions);
            var arrival = new Change().Add(StationTables.Connections, new(
                known.Id, known.TenantId, options.Value.Node, epoch, protocol.Version, admitted.Transport.RemoteAddress, socket.ConnectedAt));
            if (known.Credentials.MayUseCertificate && admitted.Transport.Certificate is { } certificate)
            {
                arrival.Add(SecurityTables.Shown, new(known.TenantId, known.Id, certificate, socket.ConnectedAt));
            }

            await Write(arrival);
            Tell(known, online: true);
            await socket.Run(lifetime.ApplicationStopping);
        }
        finally
        {
            socket.Ended();
            await Leave(socket, known, epoch);
        }
    }

    private async Task Leave(StationSocket socket, KnownStation known, long epoch)
    {
        var isLast = registry.Leave(known.Id, socket);
        services.Directory.Leave(socket.Station.Sessions);
        if (isLast)
        {
            Tell(known, online: false);
        }

        var change = new Change().Add(StationTables.Disconnections, new(known.Id, known.TenantId, epoch, services.Time.GetUtcNow(), socket.CloseReason));
        if (socket.Station.TakeLeniencies() is { } leniencies)
        {
            change.Add(StationTables.Seens, new(known.Id, socket.LastReceivedAt, null, leniencies));
        }

        await Write(change);
    }

    private async Task Write(Change change)
    {
        try
        {
            await services.Commits.Commit(change);
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or System.Threading.Channels.ChannelClosedException)
        {
            // The host is stopping; connections are cleared at the next start.
        }
    }

    private long NextEpoch()
    {
        while (true)
        {
            var last = Interlocked.Read(ref lastEpoch);
            var next = Math.Max(last + 1, services.Time.GetUtcNow().UtcTicks);
            if (Interlocked.CompareExchange(ref lastEpoch, next, last) == last)
            {
                return next;
            }
        }
    }

    private void Tell(KnownStation known, bool online) => services.Feed.Publish(known.TenantId, "station", new { stationId = known.Identity, online });

    private static Dictionary<int, SessionOutlet> Outlets(KnownStation known) =>
        known.Connectors.ToDictionary(c => c.WireNumber, c => new SessionOutlet(c.EvseNumber, c.EvseId, c.MaxPower, c.Type));
}
