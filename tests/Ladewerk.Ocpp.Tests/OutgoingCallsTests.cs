using System.Collections.Concurrent;
using System.Text;
using Ladewerk.Ocpp.V16;

namespace Ladewerk.Ocpp.Tests;

public sealed class OutgoingCallsTests
{
    private static readonly OutgoingCallOptions Options = new() { Timeout = TimeSpan.FromSeconds(30), QueueLimit = 2 };
    private readonly ManualTime time = new();
    private readonly BlockingCollection<OcppFrame> sent = [];
    private readonly OutgoingCalls calls;
    private Exception? sendFailure;

    public OutgoingCallsTests() => calls = new OutgoingCalls(Send, time, Options);

    private ValueTask Send(ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        if (sendFailure is not null)
        {
            throw sendFailure;
        }

        sent.Add(FrameReader.Read(message.ToArray()).Frame, ct);
        return ValueTask.CompletedTask;
    }

    private OcppFrame NextSent() => sent.TryTake(out var frame, TimeSpan.FromSeconds(5)) ? frame : throw new TimeoutException("Nothing was sent.");

    private Task<OcppReply> Call(string action = "ClearCache", CancellationToken ct = default) => calls.Call(action, "{}"u8.ToArray(), ct);

    private bool Answer(string messageId, string payload = "{}") =>
        calls.TryComplete(FrameReader.Read(Encoding.UTF8.GetBytes($"""[3,"{messageId}",{payload}]""")).Frame);

    [Fact]
    public async Task An_answer_completes_its_call_and_frees_the_timer()
    {
        var call = Call();
        var frame = NextSent();
        frame.Action.ShouldBe("ClearCache");
        Answer(frame.MessageId, """{"status":"Accepted"}""").ShouldBeTrue();

        var result = (await call).ShouldBeOfType<OcppReply.Result>();
        Encoding.UTF8.GetString(result.Payload.Span).ShouldBe("""{"status":"Accepted"}""");
        (calls.Count, time.ActiveTimers).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_call_error_is_a_reply_not_an_exception()
    {
        var call = Call();
        var error = FrameReader.Read(Encoding.UTF8.GetBytes($$"""[4,"{{NextSent().MessageId}}","NotSupported","no",{"a":1}]""")).Frame;
        calls.TryComplete(error).ShouldBeTrue();

        var reply = (await call).ShouldBeOfType<OcppReply.Error>();
        (reply.Code, reply.Description, Encoding.UTF8.GetString(reply.Details.Span)).ShouldBe(("NotSupported", "no", """{"a":1}"""));
    }

    [Fact]
    public async Task One_call_is_in_flight_at_a_time_and_the_others_follow_in_order()
    {
        var first = Call("ClearCache");
        var second = Call("GetLocalListVersion");
        var third = Call("GetConfiguration");
        var frame = NextSent();
        sent.Count.ShouldBe(0);

        Answer(frame.MessageId);
        frame = NextSent();
        frame.Action.ShouldBe("GetLocalListVersion");
        sent.Count.ShouldBe(0);
        Answer(frame.MessageId);
        frame = NextSent();
        frame.Action.ShouldBe("GetConfiguration");
        Answer(frame.MessageId);
        await Task.WhenAll(first, second, third);
    }

    [Fact]
    public async Task A_full_queue_refuses()
    {
        _ = Call();
        _ = Call();
        _ = Call();
        await Should.ThrowAsync<QueueFullException>(() => Call());
    }

    [Fact]
    public async Task A_call_without_answer_times_out_and_the_next_is_sent()
    {
        var silent = Call();
        var next = Call("GetConfiguration");
        var late = NextSent().MessageId;

        time.Advance(TimeSpan.FromSeconds(29));
        silent.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));

        await Should.ThrowAsync<CallTimeoutException>(silent);
        var frame = NextSent();
        Answer(late).ShouldBeFalse();
        Answer(frame.MessageId).ShouldBeTrue();
        await next;
    }

    [Fact]
    public async Task The_timeout_of_a_waiting_call_starts_when_it_is_sent()
    {
        var first = Call();
        var second = Call();
        time.Advance(TimeSpan.FromSeconds(20));
        Answer(NextSent().MessageId);
        var frame = NextSent();
        time.Advance(TimeSpan.FromSeconds(20));
        second.IsCompleted.ShouldBeFalse();
        Answer(frame.MessageId).ShouldBeTrue();
        await Task.WhenAll(first, second);
    }

    [Fact]
    public async Task A_call_given_up_in_the_queue_is_never_sent_and_leaves_its_place()
    {
        using var giveUp = new CancellationTokenSource();
        var first = Call();
        var second = Call("Reset", giveUp.Token);
        var third = Call("GetConfiguration");
        await giveUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(second);
        var fourth = Call("ClearCache");

        Answer(NextSent().MessageId);
        var frame = NextSent();
        frame.Action.ShouldBe("GetConfiguration");
        Answer(frame.MessageId);
        Answer(NextSent().MessageId);
        await Task.WhenAll(first, third, fourth);
    }

    [Fact]
    public async Task A_call_given_up_in_flight_keeps_the_line_until_it_is_answered()
    {
        using var giveUp = new CancellationTokenSource();
        var first = Call("Reset", giveUp.Token);
        var second = Call();
        await giveUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        var frame = NextSent();
        sent.Count.ShouldBe(0);

        Answer(frame.MessageId).ShouldBeTrue();
        Answer(NextSent().MessageId).ShouldBeTrue();
        await second;
    }

    [Fact]
    public async Task A_lost_connection_fails_every_call_now_and_later()
    {
        var first = Call();
        var second = Call();
        calls.FailAll(new IOException("reset by peer"));

        (await Should.ThrowAsync<DisconnectedException>(first)).InnerException.ShouldBeOfType<IOException>();
        await Should.ThrowAsync<DisconnectedException>(second);
        await Should.ThrowAsync<DisconnectedException>(() => Call());
        time.ActiveTimers.ShouldBe(0);
    }

    [Fact]
    public async Task A_failed_send_fails_its_call_only()
    {
        sendFailure = new IOException("broken pipe");
        await Should.ThrowAsync<DisconnectedException>(() => Call());

        sendFailure = null;
        var call = Call();
        Answer(NextSent().MessageId);
        await call;
    }

    [Fact]
    public void Answers_of_unknown_ids_and_other_frames_are_reported()
    {
        _ = Call();
        Answer("someone else's").ShouldBeFalse();
        calls.TryComplete(FrameReader.Read("""[2,"x","Heartbeat",{}]"""u8.ToArray()).Frame).ShouldBeFalse();
    }

    [Fact]
    public async Task A_typed_call_reads_its_answer()
    {
        var call = calls.Call<ChangeConfigurationRequest, ChangeConfigurationResponse>(new() { Key = "HeartbeatInterval", Value = "300" }, CancellationToken.None);
        var frame = NextSent();
        Encoding.UTF8.GetString(frame.Payload.Span).ShouldBe("""{"key":"HeartbeatInterval","value":"300"}""");
        Answer(frame.MessageId, """{"status":"accepted"}""");

        var result = (await call).ShouldBeOfType<OcppReply<ChangeConfigurationResponse>.Result>();
        result.Payload.Status.ShouldBe(ConfigurationStatus.Accepted);
        result.Notes.ShouldHaveSingleItem().Kind.ShouldBe(Leniency.EnumAlias);
    }

    [Fact]
    public async Task A_typed_call_says_when_its_answer_cannot_be_read()
    {
        var call = calls.Call<ClearCacheRequest, ClearCacheResponse>(new(), CancellationToken.None);
        Answer(NextSent().MessageId, """{"state":"Accepted"}""");

        (await call).ShouldBeOfType<OcppReply<ClearCacheResponse>.Unreadable>().Fault.Code.ShouldBe(OcppErrorCode.OccurenceConstraintViolation);
    }

    [Fact]
    public async Task Many_callers_at_once_are_all_answered_one_by_one()
    {
        var inFlight = 0;
        OutgoingCalls? line = null;
        line = new OutgoingCalls(
            async (message, ct) =>
            {
                Interlocked.Increment(ref inFlight).ShouldBe(1);
                var frame = FrameReader.Read(message.ToArray()).Frame;
                await Task.Yield();
                Interlocked.Decrement(ref inFlight);
                _ = Task.Run(() => line!.TryComplete(FrameReader.Read(Encoding.UTF8.GetBytes($"""[3,"{frame.MessageId}",{Encoding.UTF8.GetString(frame.Payload.Span)}]""")).Frame), ct);
            },
            TimeProvider.System,
            Options with { QueueLimit = 1000 });

        var replies = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Task.Run(() => line.Call("ClearCache", Encoding.UTF8.GetBytes($$"""{"n":{{i}}}"""), CancellationToken.None))));

        replies.Select(r => Encoding.UTF8.GetString(((OcppReply.Result)r).Payload.Span)).ShouldBe(Enumerable.Range(0, 500).Select(i => $$"""{"n":{{i}}}"""));
    }

    [Fact]
    public void An_idle_line_costs_next_to_nothing()
    {
        Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> send = Send;
        var lines = new OutgoingCalls[1000];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < lines.Length; i++)
        {
            lines[i] = new OutgoingCalls(send, time, Options);
        }

        ((GC.GetAllocatedBytesForCurrentThread() - before) / lines.Length).ShouldBeLessThan(200);
    }
}
