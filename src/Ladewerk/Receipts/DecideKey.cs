using Ladewerk.Eichrecht;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Ladewerk.Sessions;
using Ladewerk.Stations;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Receipts;

/// <summary>A person approves or refuses a key, or enters one. Sessions that waited for it are judged anew.</summary>
internal sealed class DecideKey(LadewerkDb db, TenantContext tenant, AuditLog audit, Actor actor, TimeProvider time)
{
    private const int MaxAgain = 1000;

    /// <summary>Approves: from now on (or from the given time) the meter's values are checked against it.</summary>
    /// <returns>Null: no such key.</returns>
    public async Task<MeterKeyEntry?> Approve(Guid id, DateTimeOffset? validFrom, DateTimeOffset? validUntil, CancellationToken ct)
    {
        if (await db.Set<MeterKeyEntry>().SingleOrDefaultAsync(k => k.Id == id, ct) is not { } key)
        {
            return null;
        }

        // A key that came beside an approved one holds from when it was seen; the one before ends there.
        if (key.State == KeyState.Alarm)
        {
            validFrom ??= key.SeenAt.AddDays(-1);
            var others = await db.Set<MeterKeyEntry>().Where(k => k.StationId == key.StationId && k.EvseNumber == key.EvseNumber && k.State == KeyState.Approved && k.Id != id && k.ValidUntil == null).ToListAsync(ct);
            others.ForEach(k => k.ValidUntil = key.SeenAt.AddDays(1)); // both hold for a day around the change
        }

        (key.ValidFrom, key.ValidUntil) = (validFrom, validUntil);
        await Decide(key, KeyState.Approved, "meterKey.approved", ct);
        return key;
    }

    /// <inheritdoc cref="Approve"/>
    public async Task<MeterKeyEntry?> Refuse(Guid id, CancellationToken ct)
    {
        if (await db.Set<MeterKeyEntry>().SingleOrDefaultAsync(k => k.Id == id, ct) is not { } key)
        {
            return null;
        }

        await Decide(key, KeyState.Refused, "meterKey.refused", ct);
        return key;
    }

    /// <summary>Enters a key by hand, approved.</summary>
    /// <returns>The key, or what is wrong by field; both null: no such EVSE.</returns>
    public async Task<(MeterKeyEntry? Key, Faults? Faults)> Enter(StationId station, int evse, string text, CancellationToken ct)
    {
        if (!await db.Set<Evse>().AnyAsync(e => e.StationId == station && e.Number == evse, ct))
        {
            return (null, null);
        }

        if (MeterKey.Read(text) is not { } read)
        {
            return (null, new Faults().Add("publicKey", "This is no public key of a meter: SPKI or point, as hex or base64."));
        }

        var key = await db.Set<MeterKeyEntry>().SingleOrDefaultAsync(k => k.StationId == station && k.EvseNumber == evse && k.Fingerprint == read.Fingerprint, ct);
        if (key is null)
        {
            db.Add(key = new MeterKeyEntry
            {
                TenantId = tenant.Current, StationId = station, EvseNumber = evse, Fingerprint = read.Fingerprint, Curve = read.Curve.Name, PublicKey = text.Trim(), Source = KeySource.Import, State = KeyState.Proposed,
                SeenAt = time.GetUtcNow(),
            });
        }

        await Decide(key, KeyState.Approved, "meterKey.entered", ct);
        return (key, null);
    }

    private async Task Decide(MeterKeyEntry key, KeyState state, string action, CancellationToken ct)
    {
        var before = key.State;
        (key.State, key.DecidedAt, key.DecidedBy) = (state, time.GetUtcNow(), actor.Name);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended({ReadEvidence.KeyLock(key.StationId, key.EvseNumber)}, 12))", ct);
        audit.Record(action, "meterKey", key.Id.ToString(), new { state = before }, new { state, key.Fingerprint, key.EvseNumber, station = key.StationId, key.ValidFrom, key.ValidUntil });
        await db.SaveChangesAsync(ct);
        // Whoever waits for a person's review only because nothing was proven is let go when it is.
        var waiting = await db.Database.SqlQuery<Guid>(
            $"""
            select p.session_id as "Value" from session_proof p join charging_session s on s.id = p.session_id
            where p.tenant_id = {tenant.Current.Value} and s.station_id = {key.StationId.Value} and s.evse_number = {key.EvseNumber} and p.signed_values > 0 and s.state = 'ended' and s.reviewed_at is null
              and (p.verdict <> 'verified' or p.fingerprint = {key.Fingerprint})
            order by s.ended_at desc limit {MaxAgain}
            """).ToListAsync(ct);
        foreach (var session in waiting)
        {
            await db.Database.ExecuteSqlAsync(
                $"""
                update charging_session set review_reasons = array_remove(review_reasons, {ReceiptReason.NotProven}), needs_review = cardinality(array_remove(review_reasons, {ReceiptReason.NotProven})) > 0
                where id = {session} and {ReceiptReason.NotProven} = any(review_reasons) and reviewed_at is null
                """,
                ct);
            await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new SessionEnded(new SessionId(session)), ct);
        }

        await transaction.CommitAsync(ct);
    }
}
