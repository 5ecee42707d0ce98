using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Drivers.Import;

/// <summary>What of a portion of lines is taken back: made things go, changed ones are as before; what was used or changed since stays and says why.</summary>
internal sealed class UndoPortion
{
    private readonly Dictionary<Guid, DriverState> drivers;
    private readonly Dictionary<Guid, BadgeState> badges;
    private readonly HashSet<Guid> usedDrivers;
    private readonly HashSet<Guid> usedBadges;
    private readonly Dictionary<Guid, (DriverState Was, DriverState? Becomes)> driverWrites = [];
    private readonly Dictionary<Guid, (BadgeState Was, BadgeState? Becomes)> badgeWrites = [];

    internal UndoPortion(Dictionary<Guid, DriverState> drivers, Dictionary<Guid, BadgeState> badges, HashSet<Guid> usedDrivers, HashSet<Guid> usedBadges)
    {
        (this.drivers, this.badges, this.usedDrivers, this.usedBadges) = (drivers, badges, usedDrivers, usedBadges);
    }

    /// <summary>The lines, each with why it was not taken back; null where it was.</summary>
    public List<(int Position, RowFault? Why)> Rows { get; } = [];

    public static async Task<UndoPortion> Plan(NpgsqlConnection connection, IReadOnlyList<DoneRow> rows, CancellationToken ct)
    {
        var driverIds = rows.Select(r => r.Driver?.After.Id).OfType<Guid>().Distinct().ToArray();
        var badgeIds = rows.Select(r => r.Badge?.After.Id).OfType<Guid>().Distinct().ToArray();
        var plan = new UndoPortion(
            await ImportTables.Drivers(connection, driverIds, ct), await ImportTables.Badges(connection, badgeIds, ct),
            await PeopleUse.Of(connection, "driver", driverIds, ["id_token"], ct), await PeopleUse.Of(connection, "id_token", badgeIds, ["id_token_alias"], ct));
        var leaving = new HashSet<Guid>();
        foreach (var row in rows)
        {
            plan.Rows.Add((row.Position, plan.Undo(row, leaving)));
        }

        await plan.KeepDriversWithOtherBadges(connection, rows, leaving, ct);
        return plan;
    }

    public async Task Write(NpgsqlConnection connection, OpenImport import, DateTimeOffset now, CancellationToken ct)
    {
        await connection.Command("delete from id_token where id = any($1)", ImportTables.Ids(badgeWrites.Where(w => w.Value.Becomes is null).Select(w => w.Key))).Run(ct);
        await ImportTables.Update(connection, [.. badgeWrites.Values.Select(w => w.Becomes).OfType<BadgeState>()], ct);
        await connection.Command("delete from driver where id = any($1)", ImportTables.Ids(driverWrites.Where(w => w.Value.Becomes is null).Select(w => w.Key))).Run(ct);
        await ImportTables.Update(connection, [.. driverWrites.Values.Select(w => w.Becomes).OfType<DriverState>()], ct);
        await ImportTables.Audit(
            connection, import.Tenant, import.Actor, now,
            [
                .. badgeWrites.Values.Select(w => (w.Becomes is null ? "idToken.deleted" : "idToken.changed", "idToken", w.Was.Uid, (object?)w.Was, (object?)w.Becomes)),
                .. driverWrites.Values.Select(w => (w.Becomes is null ? "driver.deleted" : "driver.changed", "driver", w.Was.Id.ToString(), (object?)w.Was, (object?)w.Becomes)),
            ],
            ct);
    }

    private RowFault? Undo(DoneRow row, HashSet<Guid> leaving)
    {
        RowFault? why = null;
        if (row.Badge is { Effect: not RowEffect.Same } badge && badges.TryGetValue(badge.After.Id, out var card))
        {
            why = card != badge.After ? new("uid", "changedSince") : badge.Effect == RowEffect.Created && usedBadges.Contains(card.Id) ? new("uid", "usedSince") : null;
            if (why is null)
            {
                badgeWrites[card.Id] = (badgeWrites.TryGetValue(card.Id, out var former) ? former.Was : card, badge.Effect == RowEffect.Created ? null : badge.Before);
                badges.Remove(card.Id);
                if (badge.Effect == RowEffect.Created)
                {
                    leaving.Add(card.Id);
                }
                else
                {
                    badges[card.Id] = badge.Before!;
                }
            }
        }

        if (row.Driver is { Effect: not RowEffect.Same } driver && drivers.TryGetValue(driver.After.Id, out var person))
        {
            var no = person != driver.After ? "changedSince" : driver.Effect == RowEffect.Created && usedDrivers.Contains(person.Id) ? "usedSince" : null;
            if (no is not null)
            {
                return why ?? new("name", no);
            }

            driverWrites[person.Id] = (driverWrites.TryGetValue(person.Id, out var former) ? former.Was : person, driver.Effect == RowEffect.Created ? null : driver.Before);
            drivers.Remove(person.Id);
            if (driver.Effect != RowEffect.Created)
            {
                drivers[person.Id] = driver.Before!;
            }
        }

        return why;
    }

    /// <summary>A driver who holds a badge that stays, stays as well.</summary>
    private async Task KeepDriversWithOtherBadges(NpgsqlConnection connection, IReadOnlyList<DoneRow> rows, HashSet<Guid> leaving, CancellationToken ct)
    {
        var deleted = driverWrites.Where(w => w.Value.Becomes is null).Select(w => w.Key).ToArray();
        var released = badgeWrites.Where(w => w.Value.Becomes is { } b && b.DriverId != w.Value.Was.DriverId).Select(w => w.Key);
        var holders = await connection.Command("select distinct driver_id from id_token where driver_id = any($1) and id <> all($2)", ImportTables.Ids(deleted), ImportTables.Ids([.. leaving, .. released]))
            .Read(r => r.GetGuid(0), ct);
        foreach (var holder in holders)
        {
            driverWrites.Remove(holder);
            foreach (var row in rows.Where(r => r.Driver is { Effect: RowEffect.Created } d && d.After.Id == holder))
            {
                var at = Rows.FindIndex(r => r.Position == row.Position);
                Rows[at] = (row.Position, Rows[at].Why ?? new("name", "holdsBadge"));
            }
        }
    }
}
