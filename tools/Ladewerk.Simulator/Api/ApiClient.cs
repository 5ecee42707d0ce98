using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ladewerk.Simulator.Api;

/// <summary>A session as the REST API shows it.</summary>
internal sealed record ApiSession(Guid Id, string StationId, long TransactionId, long MeterStartWh, long EnergyWh, bool IsEnded);

/// <summary>The few calls of the REST API that the simulator makes.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly HttpClient http;

    public ApiClient(Uri server, string key)
    {
        var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 32 };
        http = new HttpClient(new WaitWhenTold { InnerHandler = handler }) { BaseAddress = new Uri(server, "/api/v1/"), Timeout = TimeSpan.FromMinutes(2) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Registers a station with one 22 kW socket; one that exists already is left as it is.</summary>
    public Task RegisterStation(string identity, string? password, CancellationToken ct)
    {
        var body = new JsonObject
        {
            ["id"] = identity,
            ["evses"] = new JsonArray(new JsonObject
            {
                ["id"] = 1,
                ["maxPowerW"] = 22_000,
                ["currentType"] = "AC3",
                ["connectors"] = new JsonArray(new JsonObject { ["id"] = 1, ["type"] = "IEC_62196_T2" }),
            }),
        };
        if (password is not null)
        {
            body["password"] = password;
        }
        else
        {
            body["securityProfile"] = 0;
        }

        return Create("stations", body, ct);
    }

    /// <summary>Registers an accepted id token; one that exists already is left as it is.</summary>
    public Task RegisterToken(string uid, CancellationToken ct) =>
        Create("id-tokens", new JsonObject { ["uid"] = uid, ["type"] = "ISO14443", ["status"] = "accepted" }, ct);

    /// <summary>All sessions that started at <paramref name="from"/> or later.</summary>
    public async Task<List<ApiSession>> Sessions(DateTimeOffset from, CancellationToken ct)
    {
        var sessions = new List<ApiSession>();
        await foreach (var item in Pages($"sessions?limit=500&from={Uri.EscapeDataString(from.UtcDateTime.ToString("O"))}", ct))
        {
            sessions.Add(new ApiSession(
                item.GetProperty("id").GetGuid(),
                item.GetProperty("stationId").GetString()!,
                item.GetProperty("transactionId").GetInt64(),
                item.GetProperty("meterStartWh").GetInt64(),
                item.GetProperty("energyWh").GetInt64(),
                item.GetProperty("state").GetString() == "ended"));
        }

        return sessions;
    }

    /// <summary>The energy registers of a session's samples; samples without a register are left out.</summary>
    public async Task<List<long>> SampleRegisters(Guid session, CancellationToken ct)
    {
        var registers = new List<long>();
        await foreach (var item in Pages($"sessions/{session}/samples?limit=500", ct))
        {
            if (item.TryGetProperty("energyWh", out var energy) && energy.ValueKind == JsonValueKind.Number)
            {
                registers.Add(energy.GetInt64());
            }
        }

        return registers;
    }

    public void Dispose() => http.Dispose();

    private async Task Create(string path, JsonObject body, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync(path, body, ct);
        if (!response.IsSuccessStatusCode && response.StatusCode != HttpStatusCode.Conflict)
        {
            throw new HttpRequestException($"POST {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(ct)}", null, response.StatusCode);
        }
    }

    // Lists are pages with a cursor; a bare array is one page.
    private async IAsyncEnumerable<JsonElement> Pages(string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        string? cursor = null;
        do
        {
            using var response = await http.GetAsync(cursor is null ? path : $"{path}&cursor={Uri.EscapeDataString(cursor)}", ct);
            response.EnsureSuccessStatusCode();
            using var page = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(ct), default, ct);
            var root = page.RootElement;
            foreach (var item in (root.ValueKind == JsonValueKind.Array ? root : root.GetProperty("items")).EnumerateArray())
            {
                yield return item;
            }

            cursor = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null);
    }

    /// <summary>The server limits requests by key: 429 says when to come again.</summary>
    private sealed class WaitWhenTold : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            while (true)
            {
                var response = await base.SendAsync(request, cancellationToken);
                if (response.StatusCode != HttpStatusCode.TooManyRequests)
                {
                    return response;
                }

                var wait = response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1);
                response.Dispose();
                await Task.Delay(wait, cancellationToken);
            }
        }
    }
}
