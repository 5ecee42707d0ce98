using System.Net;
using System.Text;
using System.Text.Json;
using Ladewerk.Eichrecht;
using Ladewerk.Kernel;
using Ladewerk.Receipts;
using Ladewerk.Sessions;
using Ladewerk.Simulator.Stations;
using Ladewerk.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Ladewerk.Tests.Receipts;

/// <summary>From the meter's signature on the wire to the bill and the receipt.</summary>
public sealed class SigningStationTests(Database database) : OnOpenHost(database)
{
    private static readonly DateTimeOffset Now = TestClock.Now;

    public static TheoryData<string> Curves => [.. SigningMeter.Curves.Keys];

    [Theory]
    [MemberData(nameof(Curves))]
    public async Task What_a_station_signs_is_kept_billed_to_the_last_digit_and_handed_out_unchanged(string curve)
    {
        using var meter = SigningMeter.Create(curve, "M-1");
        await using (var station = await open.Connect(id))
        {
            await station.Call("StatusNotification", new { connectorId = 1, errorCode = "NoError", status = "Available" });
        }

        await Approve(meter);
        var session = await Charge(meter, 1000.4, 9876.7, "verified");

        var one = session.GetProperty("id").GetString()!;
        using var answer = await open.Api.GetAsync($"/api/v1/sessions/{one}/transparency.xml");
        var file = TransparencyFile.Read(await answer.Content.ReadAsByteArrayAsync())!;
        file.Select(v => v.Data).ShouldBe(sent);
        file.Select(v => v.Context).ShouldBe(["Transaction.Begin", "Transaction.End"]);
        file.ShouldAllBe(v => Verifier.Verify(v, null).Signature == SignatureState.Valid);

        // Stop minus start is 8.8763 kWh; the registers of OCPP say 8876 Wh.
        (await open.Scalar<decimal>("select proven_kwh from charging_session where id = $1", Guid.Parse(one))).ShouldBe(8.8763m);
        (await open.Records(session, 1)).ShouldBe(1);
        await Billed(one, 8.8763m);
    }

    [Fact]
    public async Task One_flipped_byte_in_the_database_is_not_verified_any_more()
    {
        using var meter = SigningMeter.Create("secp256r1", "M-1");
        var session = await Charge(meter, 1000, 5000);
        await Approve(meter);
        session = await Judged(session, "verified");
        var one = Guid.Parse(session.GetProperty("id").GetString()!);

        await Tamper($"update signed_value set raw = overlay(raw placing '7' from position('5.0000' in raw)) where session_id = '{one}' and context = 'Transaction.End'");
        await open.Api.Post($"/api/v1/sessions/{one}/verify", new { }).Is(HttpStatusCode.NoContent);

        (await open.OnlySession(id)).GetProperty("receipt").GetProperty("verdict").GetString().ShouldBe("notVerified");
        (await open.Scalar<string[]>("select reasons from session_proof where session_id = $1", one))!.ShouldContain("storedBytesChanged");
    }

    [Fact]
    public async Task A_signed_value_can_neither_be_changed_nor_deleted()
    {
        using var meter = SigningMeter.Create("secp256r1", "M-1");
        await Charge(meter, 1000, 5000);
        await using var data = NpgsqlDataSource.Create(open.Host.ConnectionString);
        foreach (var sql in (string[])["update signed_value set raw = 'x'", "delete from signed_value", "truncate signed_value"])
        {
            await using var command = data.CreateCommand(sql);
            (await Should.ThrowAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState.ShouldBe("23001");
        }
    }

    [Fact]
    public async Task Where_proof_is_required_nothing_is_billed_without_it()
    {
        using var meter = SigningMeter.Create("secp256k1", "M-1");
        await using var station = await open.Connect(id);
        await Require(station);
        var transaction = await station.Start(1, await open.NewBadge(), 1000, Now.AddMinutes(-50));
        await Stop(station, transaction, 5000, meter, 1000, 5000);

        // No key is known: the session waits.
        var session = await Reviewed();
        session.Reasons().ShouldBe(["notProven"]);
        (await open.Records(session, 0)).ShouldBe(0);

        await Approve(meter);
        session = await Judged(session, "verified");
        session.NeedsReview().ShouldBeFalse();
        (await open.Records(session, 1)).ShouldBe(1);
    }

    [Fact]
    public async Task A_person_may_accept_what_is_not_proven()
    {
        await using var station = await open.Connect(id);
        await Require(station);
        var transaction = await station.Start(1, await open.NewBadge(), 1000, Now.AddMinutes(-50));
        await station.Stop(transaction, 5000, Now);

        var session = await Reviewed();
        session.GetProperty("receipt").GetProperty("verdict").GetString().ShouldBe("none");
        await open.Api.Post($"/api/v1/sessions/{session.GetProperty("id").GetString()}/review", new { decision = "accept", note = "Read on the display" }).Is(HttpStatusCode.NoContent);
        (await open.Records(session, 1)).ShouldBe(1);
    }

    [Fact]
    public async Task Another_key_never_replaces_an_approved_one_but_raises_an_alarm()
    {
        using var meter = SigningMeter.Create("secp256r1", "M-1");
        var first = await Charge(meter, 1000, 5000);
        await Approve(meter);
        await Judged(first, "verified");
        using var other = SigningMeter.Create("secp256r1", "M-1");

        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 5000, Now.AddMinutes(-10));
        await Stop(station, transaction, 6000, other, 5000, 6000, Now.AddMinutes(-10), envelope: true);

        await Judged(await Latest(), "notVerified");
        var keys = (await open.Api.Json($"/api/v1/meters/{id}/1/keys")).GetProperty("items").EnumerateArray().ToList();
        keys.Select(k => k.GetProperty("state").GetString()).ShouldBe(["alarm", "approved"]);
    }

    [Fact]
    public async Task A_value_that_was_sent_for_another_session_proves_nothing()
    {
        using var meter = SigningMeter.Create("secp256r1", "M-1");
        var first = await Charge(meter, 1000, 5000);
        await Approve(meter);
        await Judged(first, "verified");

        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 5000, Now.AddMinutes(-40));
        await station.Call("StopTransaction", new
        {
            transactionId = transaction, meterStop = 9000, timestamp = Now.UtcDateTime,
            transactionData = sent.Select(value => new { timestamp = Now.UtcDateTime, sampledValue = new[] { new { value, format = "SignedData" } } }),
        });

        var second = await Judged(await Latest(), "notVerified");
        (await open.Scalar<string[]>("select reasons from session_proof where session_id = $1", Guid.Parse(second.GetProperty("id").GetString()!))).ShouldBe(["replayed"]);
    }

    [Theory]
    [InlineData("hex")]
    [InlineData("base64")]
    [InlineData("envelope")]
    [InlineData("meterValues")]
    public async Task Signed_values_arrive_in_many_wrappings(string way)
    {
        using var meter = SigningMeter.Create("secp256r1", "M-1");
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), 1000, Now.AddMinutes(-50));
        var begin = meter.Sign('B', "T", 1000, Now.AddMinutes(-50));
        var end = meter.Sign('E', "T", 3000, Now);
        string Wrapped(string record) => way switch
        {
            "hex" => Convert.ToHexString(Encoding.UTF8.GetBytes(record)),
            "base64" => Convert.ToBase64String(Encoding.UTF8.GetBytes(record)),
            "envelope" => JsonSerializer.Serialize(new { signedMeterData = Convert.ToBase64String(Encoding.UTF8.GetBytes(record)), encodingMethod = "OCMF", publicKey = meter.PublicKey }),
            _ => record,
        };
        object Value(string record, string context) => new { timestamp = Now.UtcDateTime, sampledValue = new[] { new { value = Wrapped(record), format = "SignedData", context } } };
        if (way == "meterValues")
        {
            await station.Call("MeterValues", new { connectorId = 1, transactionId = transaction, meterValue = new[] { Value(begin, "Transaction.Begin") } });
            await station.Stop(transaction, 3000, Now);
            await Judged(await open.OnlySession(id), "unknownKey");
            await station.Call("MeterValues", new { connectorId = 1, transactionId = transaction, meterValue = new[] { Value(end, "Transaction.End") } }); // comes after the end
            await Values(2);
        }
        else
        {
            await station.Call("StopTransaction", new { transactionId = transaction, meterStop = 3000, timestamp = Now.UtcDateTime, transactionData = new[] { Value(begin, "Transaction.Begin"), Value(end, "Transaction.End") } });
        }

        await Judged(await open.OnlySession(id), way == "envelope" ? "notVerified" : "unknownKey");
        await Approve(meter);
        var session = await Judged(await open.OnlySession(id), "verified");
        using var answer = await open.Api.GetAsync($"/api/v1/sessions/{session.GetProperty("id").GetString()}/transparency.xml");
        TransparencyFile.Read(await answer.Content.ReadAsByteArrayAsync())!.Select(v => v.Data).ShouldBe([begin, end]);
    }

    [Fact]
    public async Task A_late_value_of_a_forgotten_session_is_judged_as_that_session_and_not_as_the_one_that_charges()
    {
        using var meter = SigningMeter.Create("secp256r1", "M-1");
        var begin = new { timestamp = Now.UtcDateTime, sampledValue = new[] { new { value = meter.Sign('B', "T", 1000, Now.AddMinutes(-50)), format = "SignedData", context = "Transaction.Begin" } } };
        var end = new { timestamp = Now.UtcDateTime, sampledValue = new[] { new { value = meter.Sign('E', "T", 3000, Now), format = "SignedData", context = "Transaction.End" } } };
        long transaction;
        await using (var station = await open.Connect(id))
        {
            await station.Call("StatusNotification", new { connectorId = 1, errorCode = "NoError", status = "Available" });
            await Approve(meter);
            transaction = await station.Start(1, await open.NewBadge(), 1000, Now.AddMinutes(-50));
            await station.Call("StopTransaction", new { transactionId = transaction, meterStop = 3000, timestamp = Now.UtcDateTime, transactionData = new[] { begin } });
            await Judged(await open.OnlySession(id), "notVerified");
        }

        // Of a month ago: no socket keeps it.
        await open.Scalar<int>("update charging_session set ended_at = ended_at - interval '30 days' where transaction_id = $1 and station_id = (select id from charging_station where identity = $2)", transaction, id);
        var first = await open.OnlySession(id);
        await using var again = await open.Connect(id);
        await again.Start(1, await open.NewBadge(), 3000, Now.AddSeconds(-30));
        await again.Call("MeterValues", new { connectorId = 1, transactionId = transaction, meterValue = new[] { end } });

        await Values(2);
        (await open.Scalar<int>("select p.signed_values from session_proof p where session_id = $1", Guid.Parse(first.GetProperty("id").GetString()!))).ShouldBe(2);
        (await open.Scalar<long>("select count(*) from signed_value v join charging_session s on s.id = v.session_id join charging_station c on c.id = s.station_id where c.identity = $1 and s.state = 'active'", id)).ShouldBe(0);
    }

    [Fact]
    public async Task What_was_decided_about_a_key_or_arrived_while_a_session_was_judged_is_seen()
    {
        using var meter = SigningMeter.Create("secp256r1", "M-1");
        var charged = await Charge(meter, 1000, 5000);
        await Approve(meter);
        var one = Guid.Parse((await Judged(charged, "verified")).GetProperty("id").GetString()!);
        await using var scope = open.Host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(new TenantId(await open.Scalar<Guid>("select tenant_id from charging_session where id = $1", one)));
        var session = await scope.ServiceProvider.GetRequiredService<LadewerkDb>().Set<ChargingSession>().AsNoTracking().SingleAsync(s => s.Id == new SessionId(one));
        var evidence = scope.ServiceProvider.GetRequiredService<ReadEvidence>();
        var read = await evidence.Of(session, CancellationToken.None);
        (await evidence.HasChanged(session, read, CancellationToken.None)).ShouldBeFalse();
        (await evidence.HasChanged(session, read with { Values = read.Values.Take(1).ToList() }, CancellationToken.None)).ShouldBeTrue();

        // Somebody is just deciding: the judge waits for them, and then sees it.
        await using var data = NpgsqlDataSource.Create(open.Host.ConnectionString);
        await using var connection = await data.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var held = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended($1, 12))", connection) { Parameters = { new() { Value = ReadEvidence.KeyLock(session.StationId, 1) } } })
        {
            await held.ExecuteNonQueryAsync();
        }

        var waits = evidence.HasChanged(session, read, CancellationToken.None);
        await using (var refused = new NpgsqlCommand("update meter_key set state = 'refused' where station_id = $1", connection) { Parameters = { new() { Value = session.StationId.Value } } })
        {
            await refused.ExecuteNonQueryAsync();
        }

        waits.IsCompleted.ShouldBeFalse();
        await transaction.CommitAsync();
        (await waits).ShouldBeTrue();
    }

    [Fact]
    public async Task A_station_tells_the_keys_of_its_meters_by_itself()
    {
        using var meter = SigningMeter.Create("secp192r1", "M-1");
        await using var station = await open.Connect(id);
        await station.Call("StatusNotification", new { connectorId = 1, errorCode = "NoError", status = "Available" });
        var answer = await station.Call("DataTransfer", new { vendorId = "generalConfiguration", messageId = "setMeterConfiguration", data = JsonSerializer.Serialize(new { meters = new[] { new { connectorId = 1, meterSerial = "M-1", type = "SIGNATURE", publicKey = meter.PublicKey } } }) });
        answer.GetProperty("status").GetString().ShouldBe("Accepted");
        for (var i = 0; i < 100 && await open.Scalar<long>("select count(*) from meter_key k join charging_station s on s.id = k.station_id where s.identity = $1", id) == 0; i++)
        {
            await Task.Delay(50);
        }

        var key = (await open.Api.Json($"/api/v1/meters/{id}/1/keys")).GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        (key.GetProperty("state").GetString(), key.GetProperty("source").GetString()).ShouldBe(("proposed", "station"));
    }

    [Fact]
    public async Task The_check_needs_no_session()
    {
        using var meter = SigningMeter.Create("brainpool256r1", "M-1");
        var record = meter.Sign('B', "T", 1000, Now);
        var found = await open.Api.Post("/api/v1/receipts/verify", new { format = "OCMF", data = record, publicKey = meter.PublicKey }).Is(HttpStatusCode.OK);
        found.GetProperty("signature").GetString().ShouldBe("valid");
        found.GetProperty("billable").GetBoolean().ShouldBeFalse();
        found.GetProperty("reasons").EnumerateArray().Select(r => r.GetString()).ShouldBe(["endMissing"]);
        found.GetProperty("readings").GetArrayLength().ShouldBe(1);

        var path = Path.Combine(Path.GetTempPath(), $"{id}.xml");
        await File.WriteAllBytesAsync(path, TransparencyFile.Write([new SignedValue(record, "OCMF", PublicKey: meter.PublicKey), new SignedValue(record.Replace("1.0000", "2.0000", StringComparison.Ordinal), "OCMF", PublicKey: meter.PublicKey)]));
        await using var output = new StringWriter();
        (await VerifyCommand.Run(["verify", path], output, default)).ShouldBe(1);
        output.ToString().ShouldContain(meter.PublicKey.Length > 0 ? "brainpool256r1" : "");
        (await VerifyCommand.Run(["verify", path + ".none"], output, default)).ShouldBe(2);
        (await VerifyCommand.Run(["verify"], output, default)).ShouldBe(2);
        File.Delete(path);
    }

    private readonly List<string> sent = [];

    /// <summary>A session of which the meter signed beginning and end.</summary>
    private async Task<JsonElement> Charge(SigningMeter meter, double from, double to, string verdict = "unknownKey")
    {
        await using var station = await open.Connect(id);
        var transaction = await station.Start(1, await open.NewBadge(), (decimal)Math.Floor(from), Now.AddMinutes(-50));
        await Stop(station, transaction, (decimal)Math.Floor(to), meter, from, to);
        return await Judged(await open.OnlySession(id), verdict);
    }

    private async Task Stop(TestStation station, long transaction, decimal meterStop, SigningMeter meter, double from, double to, DateTimeOffset? begunAt = null, bool envelope = false)
    {
        sent.AddRange([meter.Sign('B', "T", from, begunAt ?? Now.AddMinutes(-50)), meter.Sign('E', "T", to, Now)]);
        string Wrapped(string record) => envelope ? JsonSerializer.Serialize(new { signedMeterData = Convert.ToBase64String(Encoding.UTF8.GetBytes(record)), encodingMethod = "OCMF", publicKey = meter.PublicKey }) : record;
        await station.Call("StopTransaction", new
        {
            transactionId = transaction, meterStop, timestamp = Now.UtcDateTime,
            transactionData = new[]
            {
                new { timestamp = Now.UtcDateTime, sampledValue = new[] { new { value = Wrapped(sent[^2]), format = "SignedData", context = "Transaction.Begin" } } },
                new { timestamp = Now.UtcDateTime, sampledValue = new[] { new { value = Wrapped(sent[^1]), format = "SignedData", context = "Transaction.End" } } },
            },
        });
    }

    /// <summary>So many signed values have been judged.</summary>
    private async Task Values(int count)
    {
        for (var i = 0; i < 200 && await open.Scalar<int>("select p.signed_values from session_proof p join charging_station s on s.id = p.station_id where s.identity = $1", id) != count; i++)
        {
            await Task.Delay(50);
        }
    }

    private Task<JsonElement> Approve(SigningMeter meter) => open.Api.Post($"/api/v1/meters/{id}/1/keys", new { publicKey = meter.PublicKey }).Is(HttpStatusCode.Created);

    private async Task Require(TestStation station)
    {
        await station.Call("StatusNotification", new { connectorId = 1, errorCode = "NoError", status = "Available" });
        using var saved = await open.Api.PutAsync($"/api/v1/meters/{id}/1", new StringContent("""{"rule":"requireProof"}""", Encoding.UTF8, "application/json"));
        saved.StatusCode.ShouldBe(HttpStatusCode.NoContent, await saved.Content.ReadAsStringAsync());
    }

    private async Task<JsonElement> Judged(JsonElement session, string verdict)
    {
        var wanted = session.GetProperty("id").GetString();
        JsonElement now = default;
        for (var i = 0; i < 200; i++)
        {
            now = await open.Api.Json($"/api/v1/sessions/{wanted}");
            if (now.GetProperty("receipt") is { ValueKind: JsonValueKind.Object } receipt && receipt.GetProperty("verdict").GetString() == verdict)
            {
                return now;
            }

            await Task.Delay(50);
        }

        var reasons = await open.Scalar<string[]>("select reasons from session_proof where session_id = $1", Guid.Parse(wanted!));
        throw new InvalidOperationException($"{now.GetProperty("receipt")} {string.Join(' ', reasons ?? [])}");
    }

    /// <summary>The record that is billed last has exactly that energy.</summary>
    private async Task Billed(string session, decimal kWh)
    {
        const string Sql = "select (cost -> 'lines' -> 0 ->> 'quantity')::numeric from charge_detail_record where session_id = $1 and kind <> 'credit' order by revision desc limit 1";
        for (var i = 0; i < 100 && await open.Scalar<decimal>(Sql, Guid.Parse(session)) != kWh; i++)
        {
            await Task.Delay(50);
        }

        (await open.Scalar<decimal>(Sql, Guid.Parse(session))).ShouldBe(kWh);
    }

    private async Task<JsonElement> Reviewed()
    {
        for (var i = 0; i < 200 && !(await open.OnlySession(id)).NeedsReview(); i++)
        {
            await Task.Delay(50);
        }

        return await open.OnlySession(id);
    }

    private async Task<JsonElement> Latest() => (await open.Sessions(id))[0];

    private async Task Tamper(string sql)
    {
        await using var data = NpgsqlDataSource.Create(open.Host.ConnectionString);
        await using var command = data.CreateCommand($"set session_replication_role = replica; {sql}; set session_replication_role = default");
        await command.ExecuteNonQueryAsync();
    }
}
