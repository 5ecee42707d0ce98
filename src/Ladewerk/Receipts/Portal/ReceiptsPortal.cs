using System.Globalization;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Portal;
using Ladewerk.Sessions.Portal;
using Ladewerk.Stations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Receipts.Portal;

/// <summary>The operator's pages of meters and keys, and what their forms do.</summary>
internal static class ReceiptsPortal
{
    private const string Home = "/portal/meters";

    public static IServiceCollection AddReceiptsPortal(this IServiceCollection services) => services
        .AddSingleton(new NavEntry(NavGroup.Operations, 62, "key", "receipts.meters", Home, Permission.StationsRead) { Count = Alarms, Urgent = true })
        .AddSingleton(new SessionCard(10, typeof(ProofCard), Permission.SessionsRead));

    public static void MapReceiptsPortal(this WebApplication app)
    {
        var write = app.MapGroup("/portal").RequirePermission(Permission.StationsWrite).ExcludeFromDescription();
        write.MapPost("/meters/{station}/{evse}", Save);
        write.MapPost("/meters/{station}/{evse}/keys", Enter);
        write.MapPost("/meter-keys/{id:guid}/approve", async (Guid id, DecideKey decide, LadewerkDb db, CancellationToken ct) => await Decided(await decide.Approve(id, null, null, ct), "approved", db, ct));
        write.MapPost("/meter-keys/{id:guid}/refuse", async (Guid id, DecideKey decide, LadewerkDb db, CancellationToken ct) => await Decided(await decide.Refuse(id, ct), "refused", db, ct));
        app.MapGet("/portal/meters/{station}/{evse}/records.zip", Records).RequirePermission(Permission.SessionsRead).ExcludeFromDescription();
    }

    private static async Task<IResult> Save(string station, int evse, [FromForm] IFormCollection form, StationReader stations, SaveMeter save, CancellationToken ct)
    {
        var rule = Enum.TryParse<BillingRule>(form["rule"], ignoreCase: true, out var named) && Enum.IsDefined(named) ? named : (BillingRule?)null;
        var entry = new MeterEntry(rule, form["serial"], form["vendor"], form["model"], form["typeExamination"], Day(form["calibratedUntil"]));
        return await stations.Find(station, ct) is { } found && await save.Run(found.Id, evse, entry, ct) is { } faults ? Back(station, evse, faults.Any ? "invalid" : "saved") : Problems.NotFound("EVSE");
    }

    private static async Task<IResult> Enter(string station, int evse, [FromForm] string? publicKey, StationReader stations, DecideKey decide, CancellationToken ct)
    {
        if (await stations.Find(station, ct) is not { } found)
        {
            return Problems.NotFound("EVSE");
        }

        var (key, faults) = await decide.Enter(found.Id, evse, publicKey ?? "", ct);
        return key is not null ? Back(station, evse, "entered") : faults is not null ? Back(station, evse, "unreadable") : Problems.NotFound("EVSE");
    }

    private static async Task<IResult> Decided(MeterKeyEntry? key, string outcome, LadewerkDb db, CancellationToken ct) => key is null
        ? Problems.NotFound("key")
        : Back(await db.Set<ChargingStation>().Where(s => s.Id == key.StationId).Select(s => s.Identity).SingleAsync(ct), key.EvseNumber, outcome);

    private static async Task<IResult> Records(string station, int evse, string? from, string? to, Reader reader, ExportRecords export, CancellationToken ct)
    {
        var zone = (await reader.Operator()).Zone;
        return await export.Run(station, evse, Start(Day(from), zone, 0) ?? DateTimeOffset.UnixEpoch, Start(Day(to), zone, 1) ?? DateTimeOffset.UnixEpoch.AddYears(200), ct) is { } zip
            ? Api.File(zip, "application/zip", $"records-{evse.ToString(CultureInfo.InvariantCulture)}.zip")
            : Problems.NotFound("EVSE");
    }

    private static Microsoft.AspNetCore.Http.HttpResults.RedirectHttpResult Back(string station, int evse, string outcome) => TypedResults.LocalRedirect($"{Home}/{Uri.EscapeDataString(station)}/{evse.ToString(CultureInfo.InvariantCulture)}?done={outcome}");

    private static DateOnly? Day(string? text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static DateTimeOffset? Start(DateOnly? day, TimeZoneInfo zone, int after)
    {
        if (day is not { } date)
        {
            return null;
        }

        var local = date.AddDays(after).ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(local, zone.GetUtcOffset(local));
    }

    private static Task<long> Alarms(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<NpgsqlDataSource>().First(
        "select count(*) from meter_key where tenant_id = $1 and state = 'alarm'", r => r.GetInt64(0), ct, services.GetRequiredService<TenantContext>().Current.Value);
}
