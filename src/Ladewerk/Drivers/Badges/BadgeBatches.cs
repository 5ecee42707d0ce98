using System.Globalization;
using Ladewerk.Drivers.Import;
using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ladewerk.Drivers.Badges;

/// <summary>A batch to make.</summary>
/// <param name="Badges">The badges; or <paramref name="Lines"/>.</param>
/// <param name="Lines">The same as text: <c>uid;printed number</c> or uids alone, one each line.</param>
/// <param name="FirstNumber">Where the uids come alone: the first one's printed number, from which the others count on.</param>
public sealed record NewBadgeBatch(
    string Name, IReadOnlyList<BatchBadge>? Badges = null, string? Lines = null, string? FirstNumber = null, string? GroupId = null, DateTimeOffset? ValidUntil = null, string? Note = null, string? Type = null);

/// <summary>Makes batches and changes all badges of one in one step.</summary>
internal sealed class BadgeBatches(LadewerkDb db, TenantContext tenant, AuditLog audit, Actor actor, TimeProvider time)
{
    private const int MostFaults = 20;

    public Task<BadgeBatch?> Find(BadgeBatchId id, CancellationToken ct) => db.Set<BadgeBatch>().SingleOrDefaultAsync(b => b.Id == id, ct);

    /// <summary>All badges, or none and what is wrong.</summary>
    public async Task<(BadgeBatch? Made, Faults Faults)> Create(NewBadgeBatch wish, CancellationToken ct)
    {
        var (badges, faults) = Badges(wish);
        if (!faults.Any && await db.Set<BadgeBatch>().AnyAsync(b => b.Name == wish.Name.Trim(), ct))
        {
            faults.Add("name", "There already is one.");
        }

        if (faults.Any)
        {
            return (null, faults);
        }

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        foreach (var taken in await Taken(connection, badges, ct))
        {
            faults.Add($"badges[{taken.ToString(CultureInfo.InvariantCulture)}]", "There already is a badge of this uid or printed number.");
        }

        if (faults.Any)
        {
            return (null, faults);
        }

        var batch = new BadgeBatch { TenantId = tenant.Current, Name = wish.Name.Trim(), Note = wish.Note, CreatedAt = time.GetUtcNow(), CreatedBy = actor.Name };
        db.Add(batch);
        audit.Record("badgeBatch.created", "badgeBatch", batch.Id.Value.ToString(), after: new { batch.Name, badges = badges.Count, group = wish.GroupId, validUntil = wish.ValidUntil });
        await db.SaveChangesAsync(ct);
        await Insert(connection, batch, badges, wish, ct);
        await Outbox.Publish(connection, tenant.Current, new IdTokensChanged(Urgent: false), ct);
        await transaction.CommitAsync(ct);
        return (batch, faults);
    }

    /// <summary>Blocks every badge of it that may charge, and gives their number.</summary>
    public Task<int> Block(BadgeBatch batch, CancellationToken ct) => Change(
        batch, "blocked", null, all => all.Where(t => t.Status == IdTokenStatus.Accepted || t.AwaitsActivation)
            .ExecuteUpdateAsync(set => set.SetProperty(t => t.Status, IdTokenStatus.Blocked).SetProperty(t => t.AwaitsActivation, false), ct), ct);

    /// <summary>Lets every badge of it charge until then; null: without an end.</summary>
    public Task<int> Expire(BadgeBatch batch, DateTimeOffset? until, CancellationToken ct)
    {
        var at = until?.ToUniversalTime();
        return Change(batch, "expirySet", new { validUntil = at }, all => all.ExecuteUpdateAsync(set => set.SetProperty(t => t.ValidUntil, at), ct), ct);
    }

    /// <summary>Puts every badge of it into a group; null: into none.</summary>
    public Task<int> Group(BadgeBatch batch, string? group, CancellationToken ct) =>
        Change(batch, "groupSet", new { group }, all => all.ExecuteUpdateAsync(set => set.SetProperty(t => t.GroupId, group), ct), ct);

    private async Task<int> Change(BadgeBatch batch, string what, object? to, Func<IQueryable<IdToken>, Task<int>> change, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var changed = await change(db.Set<IdToken>().Where(t => t.BatchId == batch.Id && t.ErasedAt == null));
        audit.Record("badgeBatch." + what, "badgeBatch", batch.Id.Value.ToString(), after: new { badges = changed, to });
        await db.SaveChangesAsync(ct);
        await Outbox.Publish((NpgsqlConnection)db.Database.GetDbConnection(), tenant.Current, new IdTokensChanged(Urgent: true), ct);
        await transaction.CommitAsync(ct);
        return changed;
    }

    private (IReadOnlyList<BatchBadge> Badges, Faults Faults) Badges(NewBadgeBatch wish)
    {
        var badges = wish.Badges ?? BatchFile.Read(wish.Lines ?? "");
        var faults = new Faults().Text("name", wish.Name).Short("note", wish.Note, 1000).Short("groupId", wish.GroupId, IdTokenUid.MaxLength)
            .Unless(wish.Type is null or "ISO14443" or "ISO15693", "type", "ISO14443 or ISO15693.")
            .Unless(wish.ValidUntil is null || wish.ValidUntil > time.GetUtcNow(), "validUntil", "In the past.");
        if (!string.IsNullOrWhiteSpace(wish.FirstNumber))
        {
            badges = BatchFile.Numbered(badges, wish.FirstNumber.Trim()) ?? badges;
            faults.Unless(char.IsAsciiDigit(wish.FirstNumber.Trim()[^1]), "firstNumber", "Must end in digits.");
        }

        var found = BatchFile.Check(badges).Errors.Take(MostFaults).ToDictionary(StringComparer.Ordinal);
        return (badges, faults.AddRange(found));
    }

    /// <summary>Places of badges that the operator has already, counted from 1; the first few.</summary>
    private Task<List<int>> Taken(NpgsqlConnection connection, IReadOnlyList<BatchBadge> badges, CancellationToken ct) => connection.Command(
        """
        select n.place::int from unnest($2, $3) with ordinality n (key, visual, place)
        where exists (select from id_token t where t.tenant_id = $1 and t.uid_key = n.key)
           or exists (select from id_token t where t.tenant_id = $1 and t.visual_number = n.visual)
        order by n.place limit $4
        """,
        tenant.Current.Value, ImportTables.Texts(badges.Select(b => IdTokenUid.Key(b.Uid))), ImportTables.Texts(badges.Select(b => b.VisualNumber)), MostFaults).Read(r => r.GetInt32(0), ct);

    private Task<int> Insert(NpgsqlConnection connection, BadgeBatch batch, IReadOnlyList<BatchBadge> badges, NewBadgeBatch wish, CancellationToken ct) => connection.Command(
        """
        insert into id_token (id, tenant_id, uid, uid_key, visual_number, type, group_id, valid_until, batch_id, created_at)
        select n.id, $1, n.uid, n.key, n.visual, $6, $7, $8, $9, $10 from unnest($2, $3, $4, $5) n (id, uid, key, visual)
        """,
        tenant.Current.Value, ImportTables.Ids(badges.Select(_ => Guid.CreateVersion7())), ImportTables.Texts(badges.Select(b => b.Uid.Trim().ToUpperInvariant())),
        ImportTables.Texts(badges.Select(b => IdTokenUid.Key(b.Uid))), ImportTables.Texts(badges.Select(b => b.VisualNumber)), wish.Type ?? "ISO14443",
        new NpgsqlParameter { Value = (object?)wish.GroupId ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
        new NpgsqlParameter { Value = (object?)wish.ValidUntil?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz }, batch.Id.Value, batch.CreatedAt).Run(ct);
}
