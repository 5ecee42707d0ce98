using System.Globalization;
using System.Text;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Kernel.Text;
using Ladewerk.Portal;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace Ladewerk.Sessions.Portal;

/// <summary>The operator's pages of sessions: navigation, search, export, and what the review form does.</summary>
internal static class SessionsPortal
{
    private const int ExportBatch = 500;

    private static readonly string[] Columns =
        ["id", "transaction", "station", "site", "connector", "token", "driver", "started", "ended", "energy", "net", "gross", "currency", "stopReason", "review"];

    public static IServiceCollection AddSessionsPortal(this IServiceCollection services)
    {
        services.AddSingleton(new NavEntry(NavGroup.Operations, 30, "bolt", "sessions.title", "/portal/sessions", Permission.SessionsRead)
        {
            Tab = 3,
            TabText = "sessions.tab",
            Count = Running,
        });
        services.AddScoped<ISearchSource, SessionSearch>();
        return services;
    }

    public static void MapSessionsPortal(this WebApplication app)
    {
        app.MapGet("/portal/sessions/export.csv", Export).RequirePermission(Permission.SessionsRead).ExcludeFromDescription();
        app.MapPost("/portal/sessions/{id:guid}/review", Review).RequirePermission(Permission.SessionsReview).ExcludeFromDescription();
    }

    /// <summary>The filter that the query stands for; what cannot be read narrows nothing.</summary>
    public static SessionListFilter Filter(string? state, string? station, string? site, string? from, string? to, string? search, string? cursor) => new(
        state is "active" or "ended" or "review" ? state : null, Blank(station), Guid.TryParse(site, out var id) ? id : null, Day(from), Day(to), Blank(search), Blank(cursor));

    private static async Task Export(
        HttpContext http, string? state, string? station, string? site, string? from, string? to, string? q, Reader reader, NpgsqlDataSource data, Texts texts, CancellationToken ct)
    {
        var filter = Filter(state, station, site, from, to, q, null);
        var facts = await reader.Operator();
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"sessions.csv\"";
        await using var file = new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true);
        await file.WriteAsync(Line([.. Columns.Select(object (c) => texts["sessions.csv." + c])]));
        do
        {
            var page = await SessionList.Read(data, reader.TenantId, facts.Zone, filter, ExportBatch, ct);
            foreach (var row in page.Items)
            {
                await file.WriteAsync(Line(
                    row.Id, row.TransactionId, row.Station, row.Site, row.Connector, row.IdToken, row.Driver, Local(row.StartedAt, row), row.EndedAt is { } end ? Local(end, row) : null,
                    row.EnergyWh / 1000m, row.Net, row.Gross, row.Currency, row.StopReason, row.NeedsReview));
            }

            filter = filter with { Cursor = page.NextCursor };
        }
        while (filter.Cursor is not null);
    }

    // Separator and decimals of the reader's language, for their spreadsheet.
    private static string Line(params object?[] cells) => Csv.Write(
        cells.Select(cell => cell switch
        {
            DateTimeOffset at => at.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture),
            _ => Convert.ToString(cell, CultureInfo.CurrentCulture),
        }),
        CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator is "," ? ';' : ',');

    private static DateTimeOffset Local(DateTimeOffset at, SessionRow row) => TimeZoneInfo.ConvertTime(at, row.Zone);

    private static async Task<Results<RedirectHttpResult, ProblemHttpResult>> Review(
        Guid id, [FromForm] string decision, [FromForm] string? note, [FromForm] string? energyKwh, ReviewSession review, HttpContext http, CancellationToken ct)
    {
        WattHours? energy = decimal.TryParse(energyKwh, NumberStyles.Number, CultureInfo.CurrentCulture, out var kwh) && kwh >= 0 ? WattHours.Round(kwh * 1000) : null;
        ReviewDecision? decided = decision switch
        {
            "accept" => ReviewDecision.Accept,
            "correct" when energy is not null => ReviewDecision.Correct,
            "writeOff" => ReviewDecision.WriteOff,
            _ => null,
        };
        if (decided is not { } choice)
        {
            return TypedResults.Redirect($"/portal/sessions/{id:D}?review=invalid");
        }

        var done = await review.Run(new SessionId(id), new SessionReviewRequest(choice, note?.Trim() ?? "", choice == ReviewDecision.Correct ? energy : null), http.User.Identity?.Name ?? "", ct);
        return TypedResults.Redirect($"/portal/sessions/{id:D}?review={(done ? "done" : "late")}");
    }

    private static Task<long> Running(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<NpgsqlDataSource>().First(
        "select count(*) from charging_session where tenant_id = $1 and state = 'active'", r => r.GetInt64(0), ct, services.GetRequiredService<TenantContext>().Current.Value);

    private static DateOnly? Day(string? text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}

/// <summary>Finds sessions by transaction number or token.</summary>
internal sealed class SessionSearch(NpgsqlDataSource data, TenantContext tenant) : ISearchSource
{
    public string Permission => Kernel.Http.Permission.SessionsRead;

    public async Task<IReadOnlyList<SearchHit>> Find(string text, CancellationToken ct) => await data.Rows(
        """
        select g.id, s.identity, g.transaction_id, g.started_at, g.time_zone from charging_session g join charging_station s on s.id = g.station_id
        where g.tenant_id = $1 and (g.transaction_id = $2 or g.id_token_key = $3) order by g.started_at desc limit 10
        """,
        r => new SearchHit("bolt", $"{r.GetString(1)} · {Show.Grouped(r.GetInt64(2))}", Show.DayTime(r.GetFieldValue<DateTimeOffset>(3), Show.Zone(r.GetString(4))), $"/portal/sessions/{r.GetGuid(0):D}"),
        ct,
        tenant.Current.Value,
        long.TryParse(text.Replace(" ", "", StringComparison.Ordinal), CultureInfo.InvariantCulture, out var number) ? number : -1,
        Drivers.IdTokenUid.Key(text));
}
