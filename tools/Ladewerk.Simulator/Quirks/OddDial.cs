using System.Globalization;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

namespace Ladewerk.Simulator.Quirks;

/// <summary>A connection, with its raw bytes where the habit needs them.</summary>
internal sealed record Dialled(WebSocket Socket, Stream? Raw) : IDisposable
{
    public void Dispose()
    {
        Socket.Dispose();
        Raw?.Dispose();
    }
}

/// <summary>How a station with habits dials in.</summary>
internal sealed class OddDial(QuirkModes modes)
{
    private bool hasHungUp;

    /// <summary>Connects to the back end.</summary>
    /// <param name="backEnd">Address without the identity.</param>
    /// <param name="identity">The station's.</param>
    /// <param name="password">For HTTP Basic; null: none.</param>
    /// <param name="tls">Whom it trusts, and its own certificate.</param>
    public async Task<Dialled> Connect(Uri backEnd, string identity, byte[]? password, SocketsHttpHandler tls, CancellationToken ct)
    {
        var address = Address(backEnd, identity);
        var credentials = password is null ? null : Credentials(identity, password);
        if (modes.Has(2) || modes.Has(7))
        {
            return await Raw(address, credentials, ct); // the usual client is too well-behaved
        }

        var socket = new ClientWebSocket();
        try
        {
            foreach (var protocol in Offers)
            {
                socket.Options.AddSubProtocol(protocol);
            }

            socket.Options.KeepAliveInterval = TimeSpan.Zero;
            if (credentials is not null)
            {
                socket.Options.SetRequestHeader("Authorization", credentials);
            }

            Harden(tls);
            using var invoker = new HttpMessageInvoker(tls, disposeHandler: false);
            await socket.ConnectAsync(address, invoker, ct);
            return new Dialled(socket, null);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The subprotocols that it offers.</summary>
    private IReadOnlyList<string> Offers => modes.Has(1) ? [] : modes.Has(4) ? ["ocpp2.0.1"] : ["ocpp1.6"];

    /// <summary>The address in its spelling.</summary>
    private Uri Address(Uri backEnd, string identity)
    {
        var root = backEnd.ToString().TrimEnd('/');
        return modes.Has(3) ? new Uri($"{root}///{Uri.EscapeDataString(identity.ToLowerInvariant())}/?model=odd") : new Uri($"{root}/{Uri.EscapeDataString(identity)}");
    }

    /// <summary>What it sends for HTTP Basic; a password written in hex goes out as its bytes (Q29).</summary>
    private string Credentials(string identity, byte[] password)
    {
        var secret = modes.Has(29) && password.Length % 2 == 0 && password.All(b => char.IsAsciiHexDigit((char)b)) ? Convert.FromHexString(Encoding.ASCII.GetString(password)) : password;
        return "Basic " + Convert.ToBase64String([.. Encoding.UTF8.GetBytes(identity + ":"), .. secret]);
    }

    /// <summary>Hangs up over the first certificate that it is shown (Q30).</summary>
    private void Harden(SocketsHttpHandler tls)
    {
        if (modes.Has(30) && !hasHungUp)
        {
            hasHungUp = true;
            tls.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => false;
        }
    }

    /// <summary>Dials over a plain socket; without <c>Connection: Upgrade</c> where that is the habit (Q2).</summary>
    private async Task<Dialled> Raw(Uri address, string? credentials, CancellationToken ct)
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address.Host, address.Port, ct);
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Request(address, credentials)), ct);
            var answer = await Head(stream, ct);
            if (!answer.StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
            {
                throw new HttpRequestException(answer.Split("\r\n")[0]);
            }

            return new Dialled(WebSocket.CreateFromStream(stream, isServer: false, Offers is [var offered, ..] ? offered : null, Timeout.InfiniteTimeSpan), stream);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>A frame with a reserved bit set, as a broken compression sends it (Q7).</summary>
    public static async Task SendReservedBit(Stream raw, CancellationToken ct) => await raw.WriteAsync(new byte[] { 0xC1, 0x82, 1, 2, 3, 4, (byte)'[' ^ 1, (byte)']' ^ 2 }, ct);

    private string Request(Uri address, string? credentials)
    {
        var request = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nUpgrade: WebSocket\r\n")
            .Append(modes.Has(2) ? "" : "Connection: Upgrade\r\n")
            .Append(CultureInfo.InvariantCulture, $"Sec-WebSocket-Key: {Convert.ToBase64String(RandomNumberGenerator.GetBytes(16))}\r\nSec-WebSocket-Version: 13\r\n");
        _ = Offers.Count > 0 ? request.Append(CultureInfo.InvariantCulture, $"Sec-WebSocket-Protocol: {string.Join(", ", Offers)}\r\n") : request;
        _ = credentials is not null ? request.Append(CultureInfo.InvariantCulture, $"Authorization: {credentials}\r\n") : request;
        return request.Append("\r\n").ToString();
    }

    private static async Task<string> Head(NetworkStream stream, CancellationToken ct)
    {
        var head = new StringBuilder();
        var one = new byte[1]; // byte by byte: what follows belongs to the WebSocket
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, ct) > 0 && head.Length < 16_384)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
