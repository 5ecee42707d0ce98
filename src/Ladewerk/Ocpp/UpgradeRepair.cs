using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Ladewerk.Ocpp;

/// <summary>Marks a connection whose handshake lacked <c>Connection: Upgrade</c>.</summary>
internal sealed record RepairedUpgrade
{
    public static readonly RepairedUpgrade Instance = new();
}

/// <summary>
/// Lets stations in that ask for a WebSocket without <c>Connection: Upgrade</c> (quirk Q2; RFC 6455 §4.1 wants it): the header is added before
/// the request is parsed. Looks at the first request of a connection only, and only at one to a station's address; every other goes by as it is.
/// </summary>
internal static class UpgradeRepair
{
    private const int MostHeaderBytes = 16 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static ListenOptions UseUpgradeRepair(this ListenOptions listen)
    {
        listen.Use(next => async connection =>
        {
            if (await Repaired(connection.Transport.Input, connection.ConnectionClosed) is { } head)
            {
                connection.Features.Set(RepairedUpgrade.Instance);
                connection.Transport = new Duplex(new PrefixedReader(head, connection.Transport.Input), connection.Transport.Output);
            }

            await next(connection);
        });
        return listen;
    }

    /// <summary>The head of the request with the header in it, taken off the input; null where nothing is to be done, with the input untouched.</summary>
    internal static async Task<byte[]?> Repaired(PipeReader input, CancellationToken closed)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(closed);
        patience.CancelAfter(Patience);
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(patience.Token);
                var head = MayBeStation(read.Buffer) ? Head(read.Buffer) : [];
                if (head is null && !read.IsCompleted && read.Buffer.Length < MostHeaderBytes)
                {
                    input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                }

                if (head is { Length: > 0 } && WithUpgrade(head) is { } repaired)
                {
                    input.AdvanceTo(read.Buffer.GetPosition(head.Length));
                    return repaired;
                }

                input.AdvanceTo(read.Buffer.Start);
                return null;
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            return null; // the server's own time limits and its parser take it from here
        }
    }

    /// <summary>The head of a WebSocket request that lacks the header, with it; null for any other.</summary>
    internal static byte[]? WithUpgrade(byte[] head)
    {
        var lines = Encoding.Latin1.GetString(head).Split("\r\n");
        bool Has(string name, string word) => lines.Any(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase) && l.Contains(word, StringComparison.OrdinalIgnoreCase));
        if (!Has("Upgrade", "websocket") || !Has("Sec-WebSocket-Key", "") || Has("Connection", "upgrade"))
        {
            return null;
        }

        var kept = lines.Where(l => !l.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase)).ToList();
        kept.Insert(1, "Connection: Upgrade");
        return Encoding.Latin1.GetBytes(string.Join("\r\n", kept));
    }

    private static bool MayBeStation(ReadOnlySequence<byte> input)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(16, input.Length)];
        input.Slice(0, start.Length).CopyTo(start);
        var text = Encoding.Latin1.GetString(start);
        return text.Length < 5 ? "GET /".StartsWith(text, StringComparison.Ordinal) : text.StartsWith("GET /", StringComparison.Ordinal) && "ocpp".StartsWith(First(text[5..].TrimStart('/'), 4), StringComparison.OrdinalIgnoreCase);
    }

    private static string First(string text, int count) => text.Length <= count ? text : text[..count];

    private static byte[]? Head(ReadOnlySequence<byte> input)
    {
        var bytes = input.Length <= MostHeaderBytes ? input.ToArray() : input.Slice(0, MostHeaderBytes).ToArray();
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        return end < 0 ? null : bytes[..(end + 4)];
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }

    /// <summary>Gives some bytes of its own first, then those of another reader.</summary>
    private sealed class PrefixedReader(ReadOnlyMemory<byte> prefix, PipeReader inner) : PipeReader
    {
        private ReadOnlyMemory<byte> rest = prefix;
        private ReadOnlySequence<byte> given;

        public override bool TryRead(out ReadResult result)
        {
            if (rest.IsEmpty)
            {
                return inner.TryRead(out result);
            }

            result = new ReadResult(given = new ReadOnlySequence<byte>(rest), isCanceled: false, isCompleted: false);
            return true;
        }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            TryRead(out var own) ? ValueTask.FromResult(own) : inner.ReadAsync(cancellationToken);

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            if (rest.IsEmpty)
            {
                inner.AdvanceTo(consumed, examined);
                return;
            }

            // The prefix is a whole head: whoever reads it needs no more to take it.
            rest = rest[(int)given.Slice(0, consumed).Length..];
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
    }
}
