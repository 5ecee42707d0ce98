using System.Text.Json;
using Ladewerk.Kernel.Http;
using Ladewerk.Tariffs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Ladewerk.Sessions;

/// <summary>A tariff to try on past sessions: one that is stored (<paramref name="TariffId"/>), or one described here.</summary>
/// <param name="Of">Only sessions that this tariff priced.</param>
internal sealed record ReplayRequest(DateTimeOffset From, DateTimeOffset To, Guid? TariffId = null, JsonElement? Tariff = null, Guid? Of = null);

/// <summary><c>POST /tariffs/replay</c></summary>
internal static class ReplayApi
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public static void MapReplay(this RouteGroupBuilder api) => api.MapPost("/tariffs/replay", Replay).RequirePermission(Permission.SessionsRead).WithTags("Tariffs")
        .WithSummary("What past sessions would have cost under another tariff, net; nothing is stored");

    private static async Task<Results<Ok<Replayed>, ValidationProblem>> Replay(ReplayRequest request, TariffList tariffs, ReplayTariff replay, CancellationToken ct)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        var tariff = request switch
        {
            { TariffId: { } id } => (await tariffs.Find(new TariffId(id), ct))?.Version.Document,
            { Tariff: { } described } => TariffView.Read(described, errors, "tariff"),
            _ => null,
        };
        if (tariff is null && errors.Count == 0)
        {
            errors[request.TariffId is null ? "tariff" : "tariffId"] = ["No such tariff."];
        }

        if (request.To <= request.From || request.To - request.From > Longest)
        {
            errors["to"] = ["After from, at most a year."];
        }

        return errors.Count > 0 ? Problems.Invalid(errors) : TypedResults.Ok(await replay.Run(tariff!, new ReplayWish(request.From, request.To, request.Of), ct));
    }
}
