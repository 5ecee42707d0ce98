using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Stations;
using Ladewerk.Stations.Files;
using Ladewerk.Tariffs;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Payments.Terminals;

/// <summary>What came of the wish to pay at a reader.</summary>
internal abstract record OfferResult
{
    /// <param name="Link">The secret of the payer's link.</param>
    internal sealed record Opened(PaymentId Payment, string Link) : OfferResult;

    /// <summary>The reader asks, or is about to ask, for a card for this charge point already.</summary>
    internal sealed record Running : OfferResult;

    /// <summary>Nobody can start at the charge point now.</summary>
    internal sealed record Busy : OfferResult;

    /// <summary>The reader is not connected.</summary>
    internal sealed record Offline : OfferResult;

    /// <summary>The charge point has no reader, or the operator takes no cards.</summary>
    internal sealed record None : OfferResult;
}

/// <summary>Somebody is to pay at a card reader: makes the payment, which waits for its turn there.</summary>
internal sealed class OpenOffer(LadewerkDb db, NpgsqlDataSource data, TenantContext tenant, PaymentAccounts accounts, KeySafe safe, SiteAddress address, AuditLog audit, TimeProvider time)
{
    /// <summary>Offers from the page without a card, at one charge point, within <see cref="Lately"/>.</summary>
    private const int MostInVain = 6;

    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(30);

    /// <param name="evse">As people know it.</param>
    /// <param name="language">Of whoever pays; null: nobody has said, the operator's.</param>
    public async Task<OfferResult> Run(StationId station, int number, string evse, OfferOrigin origin, string? language, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var reader = await db.Set<TerminalPoint>().AsNoTracking().Where(p => p.StationId == station && p.EvseNumber == number)
            .Join(db.Set<PaymentTerminal>(), p => p.TerminalId, t => t.Id, (p, t) => t).SingleOrDefaultAsync(ct);
        if (reader is null || !await accounts.TakesCards(ct))
        {
            return new OfferResult.None();
        }

        if (!reader.Online)
        {
            return new OfferResult.Offline();
        }

        if (origin == OfferOrigin.Page && await InVain(station, number, now, ct) >= MostInVain)
        {
            return new OfferResult.Busy();
        }

        var state = await data.First($"select {PointStates.Sql} from (select $2::uuid as station_id, $3::int as evse_number) p", r => r.GetString(0), ct, now, station.Value, number);
        return state is PointStates.Plugged || (state is PointStates.Free && origin != OfferOrigin.Plug)
            ? await Open(reader, station, number, evse, origin, language, now, ct)
            : new OfferResult.Busy();
    }

    /// <summary>How often the page had the reader ask here and no card came: whoever is not there must not keep it busy.</summary>
    private Task<int> InVain(StationId station, int number, DateTimeOffset now, CancellationToken ct) => db.Set<TerminalOffer>()
        .CountAsync(o => o.StationId == station && o.EvseNumber == number && o.Origin == OfferOrigin.Page && o.CreatedAt > now - Lately && o.State == OfferState.Over && o.Ending != null, ct);

    private async Task<OfferResult> Open(PaymentTerminal reader, StationId station, int number, string evse, OfferOrigin origin, string? chosen, DateTimeOffset now, CancellationToken ct)
    {
        var settings = await accounts.Settings(ct);
        var own = await db.Set<Tenant>().AsNoTracking().SingleAsync(t => t.Id == tenant.Current, ct);
        var (currency, language) = (own.Currency, chosen ?? own.Language);
        var link = LinkToken.New();
        var payment = new Payment
        {
            TenantId = tenant.Current, StationId = station, EvseNumber = number, Evse = evse, LinkHash = link.Hash, Currency = currency, Language = language, TerminalId = reader.Id,
            Hold = decimal.Round(settings.HoldAmount, MinorUnits.Of(currency), MidpointRounding.AwayFromZero), LinkSealed = safe.Close(address.Of($"/pay/{link.Text}?lang={language}").ToString()), CreatedAt = now, DueAt = now,
        };
        db.Add(payment);
        db.Add(new TerminalOffer
        {
            PaymentId = payment.Id, TenantId = tenant.Current, TerminalId = reader.Id, StationId = station, EvseNumber = number, Origin = origin, Until = now + OfferRules.Patience(origin), CreatedAt = now, QueuedAt = now,
        });
        if (origin == OfferOrigin.Api)
        {
            audit.Record("paymentTerminal.offered", "paymentTerminal", reader.Id.Value.ToString(), after: new { payment = payment.Id, payment.Evse, payment.Hold, payment.Currency });
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (origin == OfferOrigin.Plug && await db.Set<TerminalPoint>().Where(p => p.StationId == station && p.EvseNumber == number && !p.Asked).ExecuteUpdateAsync(set => set.SetProperty(p => p.Asked, true), ct) == 0)
        {
            return new OfferResult.Running(); // another node was quicker
        }

        try
        {
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
        }
        catch (DbUpdateException twice) when (twice.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "terminal_offer_point" })
        {
            return new OfferResult.Running();
        }

        return new OfferResult.Opened(payment.Id, link.Text);
    }
}
