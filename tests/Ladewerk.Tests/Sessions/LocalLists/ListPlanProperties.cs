using System.Globalization;
using System.Net;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Ladewerk.Kernel;
using Ladewerk.Sessions.LocalLists;
using Ladewerk.Stations;
using Ladewerk.Stations.Quirks;
using Ladewerk.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Ladewerk.Tests.Sessions.LocalLists;

/// <summary>Whatever happened before, applying the messages ends in the wanted list.</summary>
public sealed class ListPlanProperties(Database database)
{
    private static readonly Gen<ListedToken> AnyToken =
        from number in Gen.Choose(1, 30)
        from status in Gen.Elements("accepted", "blocked")
        from grouped in Gen.Elements(null, "G")
        select new ListedToken($"T{number:00}", status, null, grouped);

    private static readonly Gen<List<ListedToken>> AnyList = AnyToken.ListOf().Select(tokens => tokens.DistinctBy(t => t.Token).ToList());

    private static readonly Gen<(List<ListedToken> Held, bool IsKnown, List<ListedToken> Wanted, int Chunk)> AnyCase =
        from held in AnyList
        from known in Gen.Elements(true, false)
        from wanted in AnyList
        from chunk in Gen.Choose(1, 8)
        select (held, known, wanted, chunk);

    [Fact]
    public void The_messages_end_in_the_wanted_list_and_none_is_too_long() => Check.QuickThrowOnFailure(Prop.ForAll(Arb.From(AnyCase), c =>
    {
        var held = c.IsKnown ? Map(c.Held) : null;
        var messages = 0;
        while (ListPlan.Next(held, c.Wanted, c.Chunk) is { } message)
        {
            message.Entries.Count.ShouldBeLessThanOrEqualTo(c.Chunk);
            held = ListPlan.After(held, message);
            (++messages).ShouldBeLessThan(100, "it must come to an end");
        }

        held.ShouldNotBeNull().Values.OrderBy(t => t.Token, StringComparer.Ordinal).ShouldBe(c.Wanted.OrderBy(t => t.Token, StringComparer.Ordinal));
    }));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_station_that_loses_refuses_and_forgets_ends_in_step(int seed)
    {
        var random = new Random(seed);
        await using var host = await LadewerkHost.Start(database, options: new Dictionary<string, string?> { ["LocalLists:AssumedChunk"] = "3" });
        await host.Api.Post("/api/v1/stations", new { id = "M", evses = new[] { new { id = 1 } } }).Is(HttpStatusCode.Created);
        await host.Api.Put("/api/v1/stations/M/local-list", new { enabled = true, sendsBlocked = true }).Is(HttpStatusCode.OK);
        await using var data = Npgsql.NpgsqlDataSource.Create(host.ConnectionString);
        var station = new StationId((Guid)(await Scalar(data, "select id from charging_station"))!);
        var tenant = new TenantId((Guid)(await Scalar(data, "select id from tenant"))!);
        var model = new ModelStation(random, chunk: 3);
        host.Services.GetRequiredService<StationRegistry>().Enter(station, model);

        for (var round = 0; round < 15; round++)
        {
            for (var change = random.Next(4); change > 0; change--)
            {
                await Scalar(data, $$"""
                    insert into id_token (id, tenant_id, uid, uid_key, status) values (gen_random_uuid(), '{{tenant}}', 'T{{random.Next(20):00}}', 'T{{random.Next(20):00}}', '{{(random.Next(3) == 0 ? "blocked" : "accepted")}}')
                    on conflict (tenant_id, uid_key) do update set status = excluded.status, type = case when random() < 0.3 then 'app' else 'ISO14443' end
                    """);
            }

            if (model.Misfortune())
            {
                await Scalar(data, "update charging_station set last_boot_at = now() + interval '1 s'"); // it was restarted or reached by somebody else meanwhile
            }

            await Sync(host, tenant, station, compare: false);
        }

        model.IsWell = true;
        await Sync(host, tenant, station, compare: true);
        (await host.Api.Json("/api/v1/stations/M/local-list")).GetProperty("state").GetString().ShouldBe("inStep");
        var wanted = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var command = data.CreateCommand("select uid_key, status from id_token where type <> 'app'");
        await using var row = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await row.ReadAsync(TestContext.Current.CancellationToken))
        {
            wanted[row.GetString(0)] = row.GetString(1);
        }

        model.List.OrderBy(t => t.Key, StringComparer.Ordinal).ShouldBe(wanted.OrderBy(t => t.Key, StringComparer.Ordinal));
    }

    private static async Task Sync(LadewerkHost host, TenantId tenant, StationId station, bool compare)
    {
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantContext>().Use(tenant);
        await scope.ServiceProvider.GetRequiredService<SyncLocalList>().Sync(station, compare, TestContext.Current.CancellationToken);
    }

    private static async Task<object?> Scalar(Npgsql.NpgsqlDataSource data, string sql)
    {
        await using var command = data.CreateCommand(sql);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    private static Dictionary<string, ListedToken> Map(IEnumerable<ListedToken> tokens) => tokens.ToDictionary(t => t.Token, StringComparer.OrdinalIgnoreCase);

    /// <summary>A station that keeps a list as the standard says, and has bad days.</summary>
    private sealed class ModelStation(Random random, int chunk) : IStationLink
    {
        private int version;

        public Dictionary<string, string> List { get; private set; } = new(StringComparer.Ordinal);

        public bool IsWell { get; set; }

        public string OcppVersion => "1.6";

        public DateTimeOffset ConnectedAt => DateTimeOffset.MinValue;

        /// <summary>Now and then it forgets everything, or somebody else gives it another list.</summary>
        public bool Misfortune()
        {
            switch (random.Next(8))
            {
                case 0:
                    (List, version) = (new(StringComparer.Ordinal), 0);
                    return true;
                case 1:
                    (List, version) = (new(StringComparer.Ordinal) { ["STRANGE"] = "accepted" }, random.Next(1, 5000));
                    return true;
                default:
                    return false;
            }
        }

        public Task<CommandResult> Send(Command command, CancellationToken ct)
        {
            var day = IsWell ? 9 : random.Next(10);
            if (day == 0)
            {
                return Task.FromResult<CommandResult>(new CommandResult.TimedOut()); // never arrived
            }

            var answer = command switch
            {
                GetLocalListVersion => version.ToString(CultureInfo.InvariantCulture),
                SendLocalList list => day == 1 ? "Failed" : Take(list),
                _ => throw new InvalidOperationException(command.Name),
            };
            return Task.FromResult<CommandResult>(day switch
            {
                2 => new CommandResult.TimedOut(), // the answer was lost
                3 => new CommandResult.Refused("InternalError", ""),
                _ => new CommandResult.Answered(answer, JsonSerializer.SerializeToElement(new { })),
            });
        }

        public Task<CommandResult> SendRaw(string action, JsonElement payload, CancellationToken ct) => throw new InvalidOperationException(action);

        public Task Close(string reason) => Task.CompletedTask;

        public void Take(StationQuirks quirks)
        {
            // It has none.
        }

        private string Take(SendLocalList list)
        {
            if (list.Entries.Count > chunk)
            {
                return "Failed";
            }

            if (!list.Full && list.Version <= version)
            {
                return "VersionMismatch";
            }

            List = list.Full ? new(StringComparer.Ordinal) : List;
            foreach (var entry in list.Entries)
            {
                if (entry.Status is { } status)
                {
                    List[entry.IdToken] = status;
                }
                else
                {
                    List.Remove(entry.IdToken);
                }
            }

            version = list.Version;
            return "Accepted";
        }
    }
}
