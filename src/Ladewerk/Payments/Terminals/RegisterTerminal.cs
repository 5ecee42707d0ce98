using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Payments.Stripe;
using Ladewerk.Sessions.App;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;

namespace Ladewerk.Payments.Terminals;

/// <summary>A reader that is to be taken into use.</summary>
/// <param name="RegistrationCode">What the reader shows.</param>
/// <param name="ReaderId">Instead of the code: a reader of the operator's own account that is registered at the provider already.</param>
/// <param name="Evses">EVSE-IDs or short codes of the charge points that it is for.</param>
internal sealed record NewTerminal(Guid SiteId, string Label, string? RegistrationCode = null, string? ReaderId = null, IReadOnlyList<string>? Evses = null, bool AsksItself = true);

/// <summary>What came of it.</summary>
internal abstract record TerminalResult
{
    internal sealed record Done(TerminalId Id) : TerminalResult;

    internal sealed record Invalid(Faults Faults) : TerminalResult;

    internal sealed record Missing : TerminalResult;

    /// <summary>The provider cannot be reached, or refuses.</summary>
    internal sealed record Unavailable(ProviderFault Fault) : TerminalResult;
}

/// <summary>Takes a card reader into use at a site.</summary>
internal sealed class RegisterTerminal(LadewerkDb db, TenantContext tenant, PaymentAccounts accounts, TerminalPoints points, AuditLog audit, TimeProvider time)
{
    public async Task<TerminalResult> Run(NewTerminal request, CancellationToken ct)
    {
        var (code, known) = (Plain(request.RegistrationCode), Plain(request.ReaderId));
        var site = await db.Set<Site>().AsNoTracking().SingleOrDefaultAsync(s => s.Id == new SiteId(request.SiteId), ct);
        var faults = new Faults().Text("label", request.Label, 100)
            .Unless(site is not null, "siteId", "No such site.")
            .Unless((code is null) != (known is null), "registrationCode", "Required.")
            .Unless(code is null or { Length: <= 100 }, "registrationCode", "At most 100 characters.")
            .Unless(known is null or { Length: <= 100 }, "readerId", "At most 100 characters.");
        var wanted = await points.Find(request.Evses ?? [], site?.Id, null, faults, ct);
        if (faults.Any)
        {
            return new TerminalResult.Invalid(faults);
        }

        if (await accounts.Of(StripeTerminal.ProviderName, ct) is not { } provider)
        {
            return new TerminalResult.Unavailable(ProviderFault.Keys);
        }

        try
        {
            return (code is null ? await Known(provider, known!, faults, ct) : await New(provider, code, request.Label.Trim(), site!, faults, ct)) is { } reader
                ? await Store(request, provider.Name, reader, wanted, faults, ct)
                : new TerminalResult.Invalid(faults);
        }
        catch (PaymentProviderException failed)
        {
            return new TerminalResult.Unavailable(failed.Fault);
        }
    }

    private static string? Plain(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    /// <summary>A reader of the account; where several operators share one, only those that were registered for this one.</summary>
    private async Task<ReaderSight?> Known(IPaymentTerminal provider, string id, Faults faults, CancellationToken ct)
    {
        var found = await provider.Find(id, ct);
        var isOurs = found is not null && (found.Tenant == tenant.Current.Value || (found.Tenant is null && (await accounts.Settings(ct)).SecretKey is not null));
        faults.Unless(isOurs, "readerId", "No such reader.");
        return isOurs ? found : null;
    }

    private async Task<ReaderSight?> New(IPaymentTerminal provider, string code, string label, Site site, Faults faults, CancellationToken ct)
    {
        if (site is not { Street: { Length: > 0 } street, PostalCode: { Length: > 0 } postalCode, City: { Length: > 0 } city })
        {
            faults.Add("siteId", "The site needs its whole address.");
            return null;
        }

        var location = await db.Set<PaymentTerminal>().AsNoTracking().Where(t => t.SiteId == site.Id && t.Provider == provider.Name && t.RemovedAt == null && t.LocationId != null).Select(t => t.LocationId).FirstOrDefaultAsync(ct);
        try
        {
            return await provider.Register(new NewReader(code, label, tenant.Current, location, new ReaderPlace(site.Name, street, postalCode, city, site.Country)), ct);
        }
        catch (PaymentProviderException refused) when (refused.Fault == ProviderFault.Invalid)
        {
            faults.Add("registrationCode", "No such code at the payment provider, or it has run out.");
            return null;
        }
    }

    private async Task<TerminalResult> Store(NewTerminal request, string provider, ReaderSight reader, IReadOnlyList<ChargePoint> wanted, Faults faults, CancellationToken ct)
    {
        if (await db.Set<PaymentTerminal>().IgnoreQueryFilters().AsNoTracking().SingleOrDefaultAsync(t => t.Provider == provider && t.ReaderId == reader.Id && t.RemovedAt == null, ct) is { } taken)
        {
            return taken.TenantId == tenant.Current && request.ReaderId is null ? new TerminalResult.Done(taken.Id) : new TerminalResult.Invalid(faults.Add("readerId", "The reader is in use already."));
        }

        var now = time.GetUtcNow();
        var terminal = new PaymentTerminal
        {
            TenantId = tenant.Current, SiteId = new SiteId(request.SiteId), Provider = provider, ReaderId = reader.Id, LocationId = reader.Location, Label = request.Label.Trim(), Model = reader.Model, SerialNumber = reader.SerialNumber,
            AsksItself = request.AsksItself, Online = reader.Online, SeenAt = reader.Online ? now : null, CreatedAt = now, DueAt = now,
        };
        db.Add(terminal);
        db.AddRange(points.Of(terminal.Id, wanted));
        audit.Record("paymentTerminal.registered", "paymentTerminal", terminal.Id.Value.ToString(), after: new { request.SiteId, terminal.Label, terminal.Provider, terminal.ReaderId, terminal.AsksItself, evses = wanted.Select(p => p.Name) });
        await db.SaveChangesAsync(ct);
        return new TerminalResult.Done(terminal.Id);
    }
}

/// <summary>The charge points of readers.</summary>
internal sealed class TerminalPoints(LadewerkDb db, TenantContext tenant, ChargePoints points)
{
    private const int Most = 50;

    /// <summary>Those that are meant, each of the site and without another reader; what is wrong is noted.</summary>
    /// <param name="own">The reader that may have them already.</param>
    public async Task<IReadOnlyList<ChargePoint>> Find(IReadOnlyList<string> evses, SiteId? site, TerminalId? own, Faults faults, CancellationToken ct)
    {
        var found = new List<ChargePoint>();
        faults.Unless(evses.Count <= Most, "evses", "At most 50 charge points.");
        foreach (var text in evses.Take(Most).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (await points.FindOwn(text, ct) is not { } point)
            {
                faults.Add("evses", "No such charge point.");
            }
            else if (point.SiteId != site)
            {
                faults.Add("evses", "The charge point is at another site.");
            }
            else if (await db.Set<TerminalPoint>().AsNoTracking().AnyAsync(p => p.StationId == point.Station && p.EvseNumber == point.Number && p.TerminalId != own, ct))
            {
                faults.Add("evses", "The charge point has a reader already.");
            }
            else if (!found.Exists(f => f.Station == point.Station && f.Number == point.Number))
            {
                found.Add(point);
            }
        }

        return found;
    }

    public IEnumerable<TerminalPoint> Of(TerminalId terminal, IEnumerable<ChargePoint> wanted) =>
        wanted.Select(p => new TerminalPoint { TenantId = tenant.Current, TerminalId = terminal, StationId = p.Station, EvseNumber = p.Number });
}
