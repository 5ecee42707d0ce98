using System.Globalization;
using Ladewerk.Billing;
using Ladewerk.Drivers;
using Ladewerk.Drivers.Badges;
using Ladewerk.Drivers.Registration;
using Ladewerk.Kernel;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Notifications;

/// <summary>A session that came whole, from a station that was offline, was never seen running: its driver hears of the end all the same.</summary>
internal sealed class NoticeSessionEnd(Npgsql.NpgsqlDataSource data, TenantContext tenant, TimeProvider time) : IConsumer<SessionEnded>
{
    public Task Consume(SessionEnded e, CancellationToken ct) => data.Run(
        """
        insert into session_notice (session_id, tenant_id, phase, since)
        select s.id, s.tenant_id, 'ended', $3 from charging_session s
        where s.id = $1 and s.tenant_id = $2 and s.state = 'ended' and s.ended_at > $3 - interval '1 day'
          and (s.driver_id is not null or exists (select 1 from webhook w where w.tenant_id = $2 and w.is_on))
        on conflict do nothing
        """,
        ct,
        e.SessionId.Value,
        tenant.Current.Value,
        time.GetUtcNow());
}

/// <summary>Blocked badges are their driver's business, unknown ones the operator's. At most one message an hour for each.</summary>
internal sealed class NoticeRefusedToken(LadewerkDb db, RaiseNotice raise) : IConsumer<TokenRefused>
{
    public async Task Consume(TokenRefused e, CancellationToken ct)
    {
        if (await db.Set<ChargingStation>().AsNoTracking().Include(s => s.Site).FirstOrDefaultAsync(s => s.Id == e.StationId, ct) is not { } station)
        {
            return;
        }

        var what = e.Token is null ? Catalogue.UnknownBadge : Catalogue.BadgeBlocked;
        if (e.Token is not null && e.Driver is null)
        {
            return; // nobody's badge that somebody has blocked: as wished
        }

        if (e.Token is { } id && await db.Set<IdToken>().AnyAsync(t => t.Id == id && t.AwaitsActivation, ct))
        {
            what = Catalogue.BadgeToActivate; // it came by mail and was held to a reader at once
        }

        var key = string.Create(CultureInfo.InvariantCulture, $"{what.Name}:{StableHash(e.Uid)}:{e.At.ToUnixTimeSeconds() / 3600}");
        var facts = new NoticeFacts
        {
            Station = station.Identity, StationName = station.Name, Site = station.Site?.Name, Detail = e.Uid.Length <= 4 ? "…" : "…" + e.Uid[^4..], TimeZone = station.Site?.TimeZone, StartedAt = e.At,
        };
        await raise.Run(ct, new Notice(what, key, e.At, facts) { Driver = e.Driver?.Value, Station = station.Id.Value, Site = station.SiteId?.Value, Href = e.Token is null ? "/portal/id-tokens" : null });
    }

    private static string StableHash(string uid) => new StableHash().Add(IdTokenUid.Key(uid)).Value.ToString("x", CultureInfo.InvariantCulture);
}

/// <summary>A badge that a driver ordered is on its way.</summary>
internal sealed class NoticeBadgeSent(RaiseNotice raise, TimeProvider time) : IConsumer<BadgeSent>
{
    public Task Consume(BadgeSent e, CancellationToken ct) =>
        raise.Run(ct, new Notice(Catalogue.BadgeSent, $"badgeSent:{e.OrderId:N}", time.GetUtcNow(), new NoticeFacts { Detail = e.Number }) { Driver = e.DriverId, Href = "/app/badges" });
}

/// <summary>An invoice is ready for whoever pays: every driver of the account who may read it.</summary>
internal sealed class NoticeInvoice(LadewerkDb db, RaiseNotice raise) : IConsumer<InvoiceIssued>
{
    public async Task Consume(InvoiceIssued e, CancellationToken ct)
    {
        if (await db.Set<Invoice>().AsNoTracking().FirstOrDefaultAsync(i => i.Id == e.InvoiceId, ct) is not { } invoice)
        {
            return;
        }

        if (invoice.BillingAccountId is null)
        {
            return; // a receipt goes to whoever paid, a statement to its payee
        }

        var drivers = await db.Set<Driver>().AsNoTracking().Where(d => d.BillingAccountId == invoice.BillingAccountId && d.Status != "closed").Select(d => d.Id).Take(2).ToListAsync(ct);
        if (drivers is not [var only])
        {
            return; // a company's invoice is no driver's letter
        }

        var facts = new NoticeFacts { Detail = invoice.Number, Cost = invoice.Gross, Currency = invoice.Currency, EnergyWh = invoice.EnergyWh.Value, TimeZone = invoice.TimeZone };
        await raise.Run(ct, new Notice(Catalogue.InvoiceReady, $"invoice:{invoice.Id.Value:N}", invoice.IssuedAt, facts) { Driver = only.Value, Href = "/app/invoices" });
    }
}

/// <summary>What becomes of invoices: other systems hear of each, people of the operator where they wish to.</summary>
internal sealed class NoticeInvoiceLife(LadewerkDb db, RaiseNotice raise, TimeProvider time)
    : IConsumer<InvoiceIssued>, IConsumer<InvoiceCancelled>, IConsumer<InvoiceSettled>, IConsumer<InvoiceOverdue>
{
    public Task Consume(InvoiceIssued e, CancellationToken ct) => Tell(Catalogue.InvoiceIssued, e.InvoiceId, "", ct);

    public Task Consume(InvoiceCancelled e, CancellationToken ct) => Tell(Catalogue.InvoiceCancelled, e.InvoiceId, "", ct);

    // What was paid, went back and was paid again is told again.
    public Task Consume(InvoiceSettled e, CancellationToken ct) => Tell(Catalogue.InvoicePaid, e.InvoiceId, string.Create(CultureInfo.InvariantCulture, $":{e.Payments}"), ct);

    public Task Consume(InvoiceOverdue e, CancellationToken ct) => Tell(Catalogue.InvoiceOverdue, e.InvoiceId, "", ct);

    private async Task Tell(NoticeEvent what, InvoiceId id, string which, CancellationToken ct)
    {
        if (await db.Set<Invoice>().AsNoTracking().SingleOrDefaultAsync(i => i.Id == id, ct) is not { } i)
        {
            return;
        }

        var invoice = new ToldInvoice(
            i.Id.Value, i.Number, Word(i.Kind), Word(i.State), i.BillingAccountId?.Value, i.Customer.CustomerNumber, i.IssuedOn, i.PeriodFrom, i.PeriodTo, i.DueOn, i.Currency, i.Net, i.Vat, i.Gross, i.Paid, i.SettledOn, i.CancelsId?.Value);
        var facts = new NoticeFacts { Detail = i.Number, Cost = i.Gross, Currency = i.Currency, TimeZone = i.TimeZone, Invoice = invoice };
        var at = what == Catalogue.InvoiceIssued ? i.IssuedAt : time.GetUtcNow();
        await raise.Run(ct, new Notice(what, $"{what.Name}:{id.Value:N}{which}", at, facts) { Href = $"/portal/invoices/{id.Value:D}" });
    }

    private static string Word<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}

/// <summary>The last word of a firmware update (OCPP 1.6 §7.26 and the security extension's).</summary>
internal sealed class NoticeFirmware(LadewerkDb db, RaiseNotice raise) : IConsumer<FirmwareReported>
{
    private static readonly HashSet<string> Failures = new(StringComparer.Ordinal)
    { "DownloadFailed", "InstallationFailed", "InvalidSignature", "InstallVerificationFailed", "RevokedCertificate", "InvalidCertificate" };

    public async Task Consume(FirmwareReported e, CancellationToken ct)
    {
        var what = e.Status == "Installed" ? Catalogue.FirmwareDone : Failures.Contains(e.Status) ? Catalogue.FirmwareFailed : null;
        if (what is null || await db.Set<ChargingStation>().AsNoTracking().Include(s => s.Site).FirstOrDefaultAsync(s => s.Id == e.StationId, ct) is not { } station)
        {
            return;
        }

        var key = string.Create(CultureInfo.InvariantCulture, $"firmware:{e.StationId.Value:N}:{e.RequestId}:{e.Status}:{(e.RequestId is null ? e.At.ToUnixTimeSeconds() / 3600 : 0)}");
        var facts = new NoticeFacts { Station = station.Identity, StationName = station.Name, Site = station.Site?.Name, Detail = e.Status };
        await raise.Run(ct, new Notice(what, key, e.At, facts) { Station = station.Id.Value, Site = station.SiteId?.Value, Href = $"/portal/stations/{Uri.EscapeDataString(station.Identity)}" });
    }
}

/// <summary>Somebody would like to become a customer, and the operator decides.</summary>
internal sealed class NoticeRegistration(RaiseNotice raise, TimeProvider time) : IConsumer<RegistrationWaiting>
{
    public Task Consume(RegistrationWaiting e, CancellationToken ct) => raise.Run(
        ct, new Notice(Catalogue.RegistrationToApprove, $"registration:{e.RegistrationId:N}", time.GetUtcNow(), new NoticeFacts { Detail = e.Name }) { Href = "/portal/drivers/registrations" });
}
