using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Ladewerk.Simulator.Load;

/// <summary>Takes what a <see cref="LoadSocket"/> receives. Called on the socket's completion, one call at a time.</summary>
internal interface ILoadReceiver
{
    void Received(LoadSocket socket, ReadOnlySpan<byte> message);

    void Closed(LoadSocket socket);
}

/// <summary>The server answered the upgrade with something else than 101.</summary>
internal sealed class UpgradeRefusedException(int status) : Exception($"The server answered the upgrade with {status}.")
{
    public int Status { get; } = status;
}

/// <summary>
/// A WebSocket client (RFC 6455) with no more than a load generator needs: one buffer, one reused receive operation,
/// synchronous sends of small frames, no allocation for each message.
/// </summary>
internal sealed class LoadSocket : SocketAsyncEventArgs
{
    private const int MaxMessage = 1 << 20;

    [ThreadStatic]
    private static byte[]? sendBuffer;

    private readonly Socket socket;
    private readonly ILoadReceiver receiver;
    private byte[] buffer = new byte[1024];
    private int filled;
    private MemoryStream? fragments;
    private uint maskState;
    private int closed;

    private LoadSocket(Socket socket, ILoadReceiver receiver)
        : base(true)
    {
        this.socket = socket;
        this.receiver = receiver;
        maskState = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4)) | 1;
    }

    /// <summary>Connects, upgrades, and calls <paramref name="opened"/> before anything is received.</summary>
    public static async Task<LoadSocket> Connect(EndPoint server, IPAddress? source, byte[] upgrade, ILoadReceiver receiver, Action<LoadSocket> opened, CancellationToken ct)
    {
        var opening = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var connection = new LoadSocket(opening, receiver);
        try
        {
            if (source is not null)
            {
                opening.Bind(new IPEndPoint(source, 0));
            }

            await opening.ConnectAsync(server, ct);
            await opening.SendAsync(upgrade, ct);
            await connection.ReadUpgrade(ct);
        }
        catch
        {
            connection.Dispose();
            opening.Dispose();
            throw;
        }

        opened(connection);
        if (connection.filled == 0 || connection.TakeBuffer())
        {
            connection.Begin();
        }

        return connection;
    }

    /// <summary>The request that opens a WebSocket.</summary>
    public static byte[] UpgradeRequest(Uri url, string identity, string? password)
    {
        var authorization = password is null
            ? string.Empty
            : $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{identity}:{password}"))}\r\n";
        return Encoding.ASCII.GetBytes(
            $"GET {url.AbsolutePath.TrimEnd('/')}/{Uri.EscapeDataString(identity)} HTTP/1.1\r\nHost: {url.Authority}\r\n"
            + $"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n"
            + $"Sec-WebSocket-Key: {Convert.ToBase64String(RandomNumberGenerator.GetBytes(16))}\r\n{authorization}\r\n");
    }

    /// <summary>Sends one text message. Small against the socket's buffer, so it does not block in practice.</summary>
    public void Send(ReadOnlySpan<byte> message) => SendFrame(0x81, message);

    /// <summary>Drops the connection, as a cut cable would.</summary>
    public void Abort()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        if (Take())
        {
            Begin();
        }
    }

    private void Begin()
    {
        try
        {
            while (true)
            {
                SetBuffer(buffer, filled, buffer.Length - filled);
                if (socket.ReceiveAsync(this) || !Take())
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            Close();
        }
    }

    private bool Take()
    {
        if (SocketError != SocketError.Success || BytesTransferred == 0)
        {
            Close();
            return false;
        }

        filled += BytesTransferred;
        return TakeBuffer();
    }

    private bool TakeBuffer()
    {
        try
        {
            var used = TakeFrames(buffer.AsSpan(0, filled));
            if (used < 0)
            {
                Close();
                return false;
            }

            filled -= used;
            buffer.AsSpan(used, filled).CopyTo(buffer);
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Close();
            return false;
        }
    }

    // Returns how much was used up; -1 closes.
    private int TakeFrames(ReadOnlySpan<byte> data)
    {
        var used = 0;
        while (FrameAt(data[used..], out var header, out var length))
        {
            if (length > MaxMessage)
            {
                return -1;
            }

            if (data.Length - used < header + length)
            {
                return used;
            }

            if (!TakeFrame(data[used], data.Slice(used + header, (int)length)))
            {
                return -1;
            }

            used += header + (int)length;
        }

        return used;
    }

    private static bool FrameAt(ReadOnlySpan<byte> data, out int header, out long length)
    {
        (header, length) = (2, 0);
        if (data.Length < 2)
        {
            return false;
        }

        length = data[1] & 0x7F;
        header = length switch { 126 => 4, 127 => 10, _ => 2 };
        if (data.Length < header)
        {
            return false;
        }

        length = header switch
        {
            4 => BinaryPrimitives.ReadUInt16BigEndian(data[2..]),
            10 => BinaryPrimitives.ReadInt64BigEndian(data[2..]),
            _ => length,
        };
        return true;
    }

    private bool TakeFrame(byte first, ReadOnlySpan<byte> payload)
    {
        var isLast = (first & 0x80) != 0;
        switch (first & 0x0F)
        {
            case 0x1 when isLast:
                receiver.Received(this, payload);
                return true;
            case 0x0 or 0x1:
                fragments ??= new MemoryStream();
                fragments.Write(payload);
                if (isLast)
                {
                    receiver.Received(this, fragments.GetBuffer().AsSpan(0, (int)fragments.Length));
                    fragments = null;
                }

                return true;
            case 0x9:
                SendFrame(0x8A, payload);
                return true;
            case 0xA:
                return true;
            default:
                return false;
        }
    }

    private void SendFrame(byte first, ReadOnlySpan<byte> payload)
    {
        var frame = sendBuffer is { } b && b.Length >= payload.Length + 8 ? b : sendBuffer = new byte[payload.Length + 2048];
        frame[0] = first;
        var header = 2;
        if (payload.Length < 126)
        {
            frame[1] = (byte)(0x80 | payload.Length);
        }
        else
        {
            frame[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
            header = 4;
        }

        maskState ^= maskState << 13;
        maskState ^= maskState >> 17;
        maskState ^= maskState << 5;
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(header), maskState);
        Mask(payload, frame.AsSpan(header + 4), maskState);
        socket.Send(frame.AsSpan(0, header + 4 + payload.Length));
    }

    private static void Mask(ReadOnlySpan<byte> source, Span<byte> target, uint mask)
    {
        var wide = mask | ((ulong)mask << 32);
        var i = 0;
        for (; i + 8 <= source.Length; i += 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(target[i..], BinaryPrimitives.ReadUInt64LittleEndian(source[i..]) ^ wide);
        }

        for (; i < source.Length; i++)
        {
            target[i] = (byte)(source[i] ^ (byte)((mask >> (8 * (i & 3))) & 0xFF));
        }
    }

    private async Task ReadUpgrade(CancellationToken ct)
    {
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(filled), ct);
            filled += read;
            var end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                var status = int.Parse(Encoding.ASCII.GetString(buffer, 9, 3), System.Globalization.CultureInfo.InvariantCulture);
                if (status != 101)
                {
                    throw new UpgradeRefusedException(status);
                }

                filled -= end + 4;
                buffer.AsSpan(end + 4, filled).CopyTo(buffer);
                return;
            }

            if (read == 0 || filled == buffer.Length)
            {
                throw new IOException("The server closed the connection during the upgrade.");
            }
        }
    }

    private void Close()
    {
        if (Interlocked.Exchange(ref closed, 1) == 0)
        {
            socket.Dispose();
            receiver.Closed(this);
        }
    }
}
