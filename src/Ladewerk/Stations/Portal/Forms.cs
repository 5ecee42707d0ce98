using System.Globalization;
using System.Text.Json;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Ladewerk.Stations.Portal;

/// <summary>What the forms of the station pages do.</summary>
internal static class Forms
{
    public static void MapStationsPortal(this WebApplication app)
    {
        var portal = app.MapGroup("/portal/stations").ExcludeFromDescription();
        var write = portal.MapGroup("").RequirePermission(Permission.StationsWrite);
        write.MapPost("/add", Add);
        write.MapPost("/import", Import);
        write.MapPost("/{identity}/edit", Edit);
        write.MapPost("/{identity}/password", NewPassword);
        write.MapPost("/{identity}/approve", Approve);
        write.MapPost("/{identity}/remove", Remove);
        var command = portal.MapGroup("").RequirePermission(Permission.StationsCommand);
        command.MapPost("/{identity}/commands", Command);
        command.MapPost("/{identity}/configuration", Configure);
        portal.MapPost("/{identity}/raw", Raw).RequirePermission(Permission.StationsRaw);
        portal.MapProtocolFiles();
        portal.MapGet("/{identity}/messages.jsonl", Messages).RequirePermission(Permission.StationsRead);
    }

    private static async Task<IResult> Add([FromForm] IFormCollection form, RegisterStation register, PlanLimit plan, Reader reader, NpgsqlDataSource data, Texts texts, CancellationToken ct)
    {
        var evses = Evses(form);
        var password = Text(form, "password");
        var site = Guid.TryParse(form["siteId"], out var id) ? new SiteId(id) : (SiteId?)null;
        var wish = new NewStation(form["identity"].ToString(), site, Text(form, "name"), password, GeneratePassword: password is null, Evses:
        [
            .. evses.Index().Where(e => !string.IsNullOrEmpty(e.Item.Type)).Select(e => new NewEvse(
                e.Index + 1, e.Item.EvseId, e.Item.MaxKw is { } kw and > 0 ? new Watts((long)(kw * 1000)) : null, e.Item.CurrentType, [new NewConnector(1, e.Item.ConnectorType, e.Item.Format)])),
        ]);
        var most = await plan.Beyond(1, ct);
        var outcome = most is not null
            ? new RegisterStation.Outcome(null, null, new Dictionary<string, string[]>(StringComparer.Ordinal) { ["id"] = [texts["stations.planLimit", most]] })
            : wish.Evses!.Count > 0
            ? await register.Run(wish, ct)
            : new RegisterStation.Outcome(null, null, new Dictionary<string, string[]>(StringComparer.Ordinal) { ["evses"] = [texts["stations.evse.needed"]] });
        if (outcome.Station is { } station)
        {
            return await Connect(station.Identity, outcome.GeneratedPassword ?? password, reader, data, ct);
        }

        var faults = outcome.Faults?.ToDictionary(f => f.Key, f => f.Value.Select(v => v == texts["stations.planLimit", most ?? 0] ? v : Faults.Say(texts, f.Key, v)).ToArray(), StringComparer.Ordinal)
            ?? new Dictionary<string, string[]>(StringComparer.Ordinal) { ["id"] = [texts["stations.fault.taken"]] };
        var sites = await data.Rows("select id, name from site where tenant_id = $1 order by name", r => (r.GetGuid(0).ToString("D"), r.GetString(1)), ct, reader.TenantId);
        return Answer.Page<AddStationAgain>(StatusCodes.Status422UnprocessableEntity, (nameof(AddStationAgain.Sites), sites), (nameof(AddStationAgain.Wish), wish),
            (nameof(AddStationAgain.Password), password), (nameof(AddStationAgain.Evses), evses), (nameof(AddStationAgain.Errors), faults));
    }

    private static async Task<IResult> Connect(string identity, string? password, Reader reader, NpgsqlDataSource data, CancellationToken ct)
    {
        var facts = await StationReads.Head(data, reader.TenantId, identity, ct) ?? throw new InvalidOperationException("The station was just stored.");
        return Answer.Page<ConnectView>(StatusCodes.Status200OK, (nameof(ConnectView.Station), facts),
            (nameof(ConnectView.Connectors), await StationReads.Connectors(data, facts.Id, ct)), (nameof(ConnectView.Password), password));
    }

    private static async Task<IResult> Import(HttpRequest request, StationCsv csv, CancellationToken ct)
    {
        if (!request.HasFormContentType || (await request.ReadFormAsync(ct)).Files is not [{ } file, ..])
        {
            return Answer.Page<ImportView>(StatusCodes.Status422UnprocessableEntity);
        }

        using var text = new StreamReader(file.OpenReadStream());
        var report = await csv.Import(await text.ReadToEndAsync(ct), dryRun: false, ct, tellsPlan: true);
        return Answer.Page<ImportView>(report.Faults.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK, (nameof(ImportView.Report), report));
    }

    private static async Task<IResult> Edit(string identity, [FromForm] IFormCollection form, StationReader stations, ChangeStation change, HttpContext http, CancellationToken ct)
    {
        if (await stations.Find(identity, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        var site = Guid.TryParse(form["siteId"], out var id) ? new SiteId(id) : (SiteId?)null;
        await change.Patch(station, new StationPatch { Name = new(Text(form, "name")), SiteId = site == station.SiteId ? default : new(site) }, ct);
        return Answer.Go(http, Link.Station(station.Identity));
    }

    private static async Task<IResult> NewPassword(string identity, StationReader stations, ChangeStation change, Reader reader, NpgsqlDataSource data, CancellationToken ct)
    {
        if (await stations.Find(identity, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        var (password, _) = await change.Patch(station, new StationPatch { GeneratePassword = true }, ct);
        return await Connect(station.Identity, password, reader, data, ct);
    }

    private static async Task<IResult> Approve(string identity, StationReader stations, ChangeStation change, HttpContext http, CancellationToken ct)
    {
        if (await stations.Find(identity, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        await change.Decide(station, RegistrationStatus.Accepted, ct);
        return Answer.Go(http, Link.Station(station.Identity));
    }

    private static async Task<IResult> Remove(string identity, StationReader stations, ChangeStation change, HttpContext http, CancellationToken ct)
    {
        if (await stations.Find(identity, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        await change.Remove(station, ct);
        return Answer.Go(http, "/portal/stations");
    }

    private static async Task<IResult> Command(
        string identity, [FromForm] IFormCollection form, StationReader stations, CommandReader commands, SendCommand send, Reader reader, NpgsqlDataSource data, Texts texts, HttpContext http, CancellationToken ct)
    {
        if (await stations.Find(identity, ct) is not { } station || await StationReads.Head(data, reader.TenantId, identity, ct) is not { } facts)
        {
            return Problems.NotFound("station");
        }

        var (name, body) = CommandForm.Read(form, facts.Zone);
        switch (await commands.Read(name, body, station.Id, ct))
        {
            case ReadCommand.Read(var wanted):
                await send.Run(station, wanted, ct);
                break;
            case ReadCommand.Faulty(var faults):
                http.Response.Headers["HX-Trigger"] = JsonSerializer.Serialize(new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    ["lw:toast"] = new { text = string.Join(" ", faults.SelectMany(f => f.Value.Select(v => $"{f.Key}: {Faults.Say(texts, f.Key, v)}"))), kind = "fault" },
                });
                break;
            default:
                return Problems.NotFound("command");
        }

        return http.Request.WantsPart()
            ? Answer.Part<CommandList>((nameof(CommandList.Station), facts), (nameof(CommandList.Commands), await StationReads.Commands(data, facts.Id, 5, ct)))
            : TypedResults.Redirect(Link.Station(station.Identity));
    }

    private static async Task<IResult> Configure(
        string identity, [FromForm] IFormCollection form, StationReader stations, SendCommand send, Reader reader, NpgsqlDataSource data, Texts texts, HttpContext http, CancellationToken ct)
    {
        if (await stations.Find(identity, ct) is not { } station || await StationReads.Head(data, reader.TenantId, identity, ct) is not { } facts)
        {
            return Problems.NotFound("station");
        }

        var key = Text(form, "key");
        var result = key is null ? await send.Run(station, new GetConfiguration(), ct) : await send.Run(station, new ChangeConfiguration(key, form["value"].ToString()), ct);
        var (keys, at) = await StationReads.Configuration(data, facts.Id, ct);
        var text = key is null ? texts["stations.configuration.fetched", keys.Count] : texts["stations.configuration.wrote", key, key is "AuthorizationKey" ? "****" : form["value"].ToString()];
        var outcome = result switch
        {
            CommandResult.Answered answered when key is null => new ConfigurationCard.Outcome(true, texts["stations.configuration.answered", answered.Status], text),
            CommandResult.Answered answered => new ConfigurationCard.Outcome(answered.Status is "Accepted" or "RebootRequired", texts["stations.configuration.answered", answered.Status], text),
            CommandResult.Offline => new(false, texts["stations.outcome.offline"], texts["stations.advice.offline"]),
            CommandResult.TimedOut => new(false, texts["stations.outcome.timeout"], texts["stations.advice.timeout"]),
            CommandResult.Refused refused => new(false, texts["stations.configuration.answered", refused.Code], refused.Description),
            CommandResult.Invalid invalid => new(false, texts["stations.outcome.error"], string.Join(" ", invalid.Errors.SelectMany(e => e.Value))),
            _ => throw new ArgumentOutOfRangeException(nameof(form), result, "No such outcome."),
        };
        return http.Request.WantsPart()
            ? Answer.Part<ConfigurationCard>((nameof(ConfigurationCard.Station), facts), (nameof(ConfigurationCard.Keys), keys), (nameof(ConfigurationCard.At), at), (nameof(ConfigurationCard.Answer), outcome))
            : TypedResults.Redirect(Link.Station(station.Identity, "configuration"));
    }

    private static async Task<IResult> Raw(string identity, [FromForm] string action, [FromForm] string payload, StationReader stations, SendCommand send, Texts texts, CancellationToken ct)
    {
        if (await stations.Find(identity, ct) is not { } station)
        {
            return Problems.NotFound("station");
        }

        try
        {
            var json = JsonSerializer.Deserialize<JsonElement>(payload);
            return json.ValueKind == JsonValueKind.Object
                ? Answer.Part<RawAnswer>((nameof(RawAnswer.Result), await send.Run(station, action.Trim(), json, ct)))
                : Answer.Part<RawAnswer>((nameof(RawAnswer.Problem), texts["stations.raw.badJson"]));
        }
        catch (JsonException bad)
        {
            return Answer.Part<RawAnswer>((nameof(RawAnswer.Problem), $"{texts["stations.raw.badJson"]} {bad.Message}"));
        }
    }

    private static async Task Messages(string identity, string? direction, string? action, string? q, Reader reader, NpgsqlDataSource data, HttpContext http, CancellationToken ct)
    {
        if (await StationReads.Head(data, reader.TenantId, identity, ct) is not { } station)
        {
            await Problems.NotFound("station").ExecuteAsync(http);
            return;
        }

        http.Response.ContentType = "application/jsonl; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{StationIdentity.Key(identity)}.jsonl\"";
        await using var file = new StreamWriter(http.Response.Body, leaveOpen: true);
        var filter = new MessageFilter(direction is "in" or "out" ? direction : null, direction is "notable", action ?? "*", q, null);
        foreach (var m in await StationMessages.Read(data, station.Id, filter, 10_000, ct))
        {
            await file.WriteLineAsync(JsonSerializer.Serialize(
                new { at = m.At, direction = m.FromStation ? "in" : "out", messageId = m.MessageId, action = m.Action, payload = m.Payload, verdict = m.Verdict, answer = m.Answer, answeredAt = m.AnsweredAt },
                JsonSerializerOptions.Web));
        }
    }

    private static List<EvseForm> Evses(IFormCollection form)
    {
        var evses = new List<EvseForm>();
        for (var i = 0; form.ContainsKey($"evses[{i}].Type"); i++)
        {
            evses.Add(new EvseForm
            {
                EvseId = Text(form, $"evses[{i}].EvseId"),
                Type = Text(form, $"evses[{i}].Type"),
                MaxKw = decimal.TryParse(form[$"evses[{i}].MaxKw"], CultureInfo.InvariantCulture, out var kw) ? kw : null,
            });
        }

        return evses;
    }

    private static string? Text(IFormCollection form, string name) => form[name].ToString().Trim() is { Length: > 0 } text ? text : null;
}
