using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Ladewerk.Stations.Protocol;
using Npgsql;

namespace Ladewerk.Stations.Portal;

/// <summary>A conversation as a file for the manufacturer: lines of JSON for programs, a page to read for people. Tokens are masked in both.</summary>
internal static class ProtocolFiles
{
    private const int Most = 5000;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void MapProtocolFiles(this RouteGroupBuilder portal)
    {
        portal.MapGet("/{identity}/protocol.jsonl", Lines).RequirePermission(Permission.StationsRead);
        portal.MapGet("/{identity}/protocol.html", Page).RequirePermission(Permission.StationsRead);
    }

    private static async Task<IResult> Lines(string identity, DateTimeOffset? before, Reader reader, NpgsqlDataSource data, IEnumerable<IConversationRules> rules, CancellationToken ct)
    {
        if (await Read(identity, before, reader, data, rules, ct) is not { } file)
        {
            return Problems.NotFound("station");
        }

        var text = string.Concat(file.Calls.Select(c => ProtocolExport.Line(c, file.Violations[(c.At, c.MessageId)]) + "\n"));
        return TypedResults.File(Encoding.UTF8.GetBytes(text), "application/jsonl; charset=utf-8", StationIdentity.Key(identity) + "-protocol.jsonl");
    }

    private static async Task<IResult> Page(string identity, DateTimeOffset? before, Reader reader, NpgsqlDataSource data, IEnumerable<IConversationRules> rules, Texts t, CancellationToken ct)
    {
        if (await Read(identity, before, reader, data, rules, ct) is not { } file)
        {
            return Problems.NotFound("station");
        }

        var html = new StringBuilder("<!doctype html><html><head><meta charset=\"utf-8\"><title>").Append(Encode($"OCPP · {identity}"))
            .Append("</title><style>body{font:14px system-ui,sans-serif;margin:2em;max-width:70em}article{border-left:3px solid #2a7;padding:.2em 1em;margin:.8em 0}article.out{border-color:#37a}pre{background:#f4f4f4;padding:.6em;overflow:auto}.v{color:#a40}</style></head><body><h1>")
            .Append(Encode(identity)).Append("</h1><p>").Append(Encode(string.Join(" · ", new[] { file.Station.Make, file.Station.Firmware, "OCPP " + file.Station.OcppVersion }.Where(p => !string.IsNullOrWhiteSpace(p))))).Append("</p>");
        foreach (var call in file.Calls)
        {
            html.Append("<article class=\"").Append(call.FromStation ? "in" : "out").Append("\"><b>").Append(Encode(call.Action.Length > 0 ? call.Action : "?")).Append("</b> ")
                .Append(call.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)).Append(call.FromStation ? " station → CSMS" : " CSMS → station").Append(" · ").Append(Encode(call.MessageId ?? "-")).Append(" · ").Append(Encode(call.Verdict));
            foreach (var v in file.Violations[(call.At, call.MessageId)])
            {
                html.Append("<div class=\"v\">").Append(Encode($"{t["stations.violation." + v.Code]} {v.Detail} — {v.Clause}")).Append("</div>");
            }

            html.Append("<pre>").Append(Encode(ProtocolExport.Masked(call.Payload)?.ToJsonString(Indented) ?? "{}")).Append("</pre>");
            if (call.Answer is { } answer)
            {
                html.Append("<div>").Append(call.Milliseconds is { } ms ? ms.ToString("0.0", CultureInfo.InvariantCulture) + " ms" : "").Append("</div><pre>").Append(Encode(ProtocolExport.Masked(answer)?.ToJsonString(Indented) ?? "{}")).Append("</pre>");
            }

            html.Append("</article>");
        }

        return TypedResults.File(Encoding.UTF8.GetBytes(html.Append("</body></html>").ToString()), "text/html; charset=utf-8", StationIdentity.Key(identity) + "-protocol.html");
    }

    private static async Task<Conversation?> Read(string identity, DateTimeOffset? before, Reader reader, NpgsqlDataSource data, IEnumerable<IConversationRules> rules, CancellationToken ct)
    {
        if (await StationReads.Head(data, reader.TenantId, identity, ct) is not { } station)
        {
            return null;
        }

        var calls = await StationMessages.Read(data, station.Id, new MessageFilter(null, false, "*", null, before?.ToUniversalTime()), Most, ct);
        calls.Reverse();
        var found = rules.FirstOrDefault(r => r.Version == (station.OcppVersion ?? "1.6"))?.Check(calls) ?? [];
        return new Conversation(station, calls, found.ToLookup(v => (v.At, v.MessageId)));
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    private sealed record Conversation(StationFacts Station, List<LoggedCall> Calls, ILookup<(DateTimeOffset At, string? MessageId), Violation> Violations);
}
