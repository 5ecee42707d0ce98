using System.Net.WebSockets;
using System.Text.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.Tests.Ocpp;

/// <summary>Frames of every broken kind: each is answered as the standard says, the socket stays, other stations notice nothing.</summary>
public sealed class MalformedFramesTests(Database database) : OnOpenHost(database)
{
    [Theory]
    [InlineData("not json at all", "-1", "FormationViolation")]
    [InlineData("{\"a\":1}", "-1", "FormationViolation")]
    [InlineData("[2,\"7\"]", "7", "FormationViolation")]
    [InlineData("[2,\"7\",\"Heartbeat\",[1]]", "7", "FormationViolation")]
    [InlineData("[2,\"7\",\"MakeCoffee\",{}]", "7", "NotImplemented")]
    [InlineData("[2,\"7\",\"RemoteStartTransaction\",{\"idTag\":\"A\"}]", "7", "NotSupported")]
    [InlineData("[2,\"7\",\"Authorize\",{}]", "7", "OccurenceConstraintViolation")]
    [InlineData("[2,\"7\",\"StatusNotification\",{\"connectorId\":{},\"status\":\"Available\",\"errorCode\":\"NoError\"}]", "7", "TypeConstraintViolation")]
    [InlineData("[2,\"7\",\"StatusNotification\",{\"connectorId\":-5,\"status\":\"Available\",\"errorCode\":\"NoError\"}]", "7", "PropertyConstraintViolation")]
    public async Task A_broken_call_gets_its_error(string frame, string messageId, string code)
    {
        await using var station = await open.Connect(id);
        var answer = await station.Exchange(frame);
        answer[0].GetInt32().ShouldBe(4);
        answer[1].GetString().ShouldBe(messageId);
        answer[2].GetString().ShouldBe(code);
        answer[4].ValueKind.ShouldBe(JsonValueKind.Object);
        await station.Call("Heartbeat", new { });
    }

    [Theory]
    [InlineData("[3,\"nobody asked\",{}]")]
    [InlineData("[4,\"nobody asked\",\"GenericError\",\"\",{}]")]
    [InlineData("[9,\"7\",{}]")]
    [InlineData(" ")]
    public async Task What_is_no_call_is_not_answered(string frame)
    {
        await using var station = await open.Connect(id);
        await station.Send(frame);
        (await station.Exchange("[2,\"next\",\"Heartbeat\",{}]"))[1].GetString().ShouldBe("next");
    }

    [Fact]
    public async Task Two_thousand_broken_frames_leave_everybody_undisturbed()
    {
        await using var other = await open.Connect(open.NewStation());
        await using var station = await open.Connect(id);
        var random = new Random(42);
        var huge = "[2,\"h\",\"DataTransfer\",{\"vendorId\":\"v\",\"data\":\"" + new string('x', 1_200_000) + "\"}]";
        for (var i = 0; i < 2000; i++)
        {
            await station.Send(i % 500 == 250 ? huge : Broken(random, i), binary: i % 97 == 0);
            await station.Send($"[2,\"ping{i}\",\"Heartbeat\",{{}}]");
            JsonElement answer;
            do
            {
                answer = await station.Receive();
            }
            while (answer[1].GetString() != $"ping{i}");

            answer[0].GetInt32().ShouldBe(3);
            if (i % 100 == 0)
            {
                await other.Call("Heartbeat", new { });
            }
        }

        station.State.ShouldBe(WebSocketState.Open);
    }

    private static string Broken(Random random, int i)
    {
        const string Good = "[2,\"x\",\"StatusNotification\",{\"connectorId\":1,\"status\":\"Available\",\"errorCode\":\"NoError\"}]";
        return (i % 8) switch
        {
            0 => Good[..random.Next(1, Good.Length)],
            1 => new string('[', random.Next(1, 3000)),
            2 => Good.Replace(Good[random.Next(Good.Length)].ToString(), "\0", StringComparison.Ordinal),
            3 => $"[{random.Next(-5, 12)},\"x\",\"Heartbeat\",{{}}]",
            4 => Good.Insert(random.Next(Good.Length), ((char)random.Next(1, 60_000)).ToString()),
            5 => $"[2,{random.Next()},\"{Guid.NewGuid()}\",null,[],{{}}]",
            6 => $"[3,\"{Guid.NewGuid()}\",{{\"status\":\"Accepted\"}}]",
            _ => Good.Replace("1,\"status\"", $"\"{new string('9', random.Next(1, 400))}\",\"status\"", StringComparison.Ordinal),
        };
    }
}
