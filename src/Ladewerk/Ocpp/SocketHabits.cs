using Ladewerk.Stations.Quirks;

namespace Ladewerk.Ocpp;

/// <summary>What a station's habits mean for its WebSocket.</summary>
internal static class SocketHabits
{
    private static readonly TimeSpan UnsolicitedPong = TimeSpan.FromMinutes(2);

    /// <summary>How its socket is accepted: protocol, signs of life (Q5), compression (Q7).</summary>
    public static WebSocketAcceptContext Of(Admitted.In admitted, HttpRequest request, OcppOptions options)
    {
        var said = admitted.Station.Quirks.Said;
        var offer = options.Compression && said.NoCompression != true ? CompressionOffer.Sound(request.Headers.SecWebSocketExtensions) : null;
        if (offer is not null)
        {
            request.Headers.SecWebSocketExtensions = offer; // the framework would take some that are not sound
        }

        return new WebSocketAcceptContext
        {
            SubProtocol = admitted.Offered ? admitted.Said : null,
            KeepAliveInterval = said.KeepAliveSeconds is { } seconds ? seconds > 0 ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan : UnsolicitedPong,

            // Nothing that stations are told in a compressed frame is both secret and chosen by a third party.
            DangerousEnableCompression = offer is not null,
            DisableServerContextTakeover = true,
        };
    }

    /// <summary>Notes which switches decided about the connection.</summary>
    public static void Count(StationHabits habits, Admitted.In admitted, HttpContext http)
    {
        var said = habits.Quirks.Said;
        habits.Count(QuirkSwitch.DefaultProtocol, !admitted.Offered && said.DefaultProtocol is not null);
        habits.Count(QuirkSwitch.PinnedProtocol, said.PinnedProtocol is not null);
        habits.Count(QuirkSwitch.KeepAliveSeconds, said.KeepAliveSeconds is not null);
        habits.Count(QuirkSwitch.NoCompression, said.NoCompression == true && OffersCompression(http.Request));
    }

    /// <summary>How long it may say nothing before its socket is dead.</summary>
    public static TimeSpan Silence(StationContext station, OcppOptions options) => station.Quirks.Said.SilenceSeconds is { } seconds
        ? TimeSpan.FromSeconds(seconds)
        : (2 * TimeSpan.FromSeconds(station.Known.HeartbeatIntervalSeconds)) + options.SilenceGrace;

    /// <summary>How long it may settle before it is asked to introduce itself (Q6, Q31); null where it never is.</summary>
    public static TimeSpan? Settle(StationContext station, OcppOptions options)
    {
        var said = station.Quirks.Said;
        return said.NeverAsk == true ? null : said.SettleSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.SettleDelay;
    }

    private static bool OffersCompression(HttpRequest request) => request.Headers.SecWebSocketExtensions.ToString().Contains("permessage-deflate", StringComparison.OrdinalIgnoreCase);
}
