using System.Text.Json;
using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Drivers.Import;

/// <summary>One import in the worker's hands.</summary>
internal sealed record OpenImport(TenantId Tenant, Guid Id, ImportState State, bool StartByItself, string RequestedBy, string RequestedKind)
{
    public (string Kind, string Name) Actor => (RequestedKind, RequestedBy);
}

/// <summary>
/// The steps of an import, a portion of lines in each transaction. A portion's lines are marked with what they did in the same
/// transaction, so after a crash the next look goes on where the last commit was.
/// </summary>
internal sealed class ImportSteps(LiveFeed live, TimeProvider time)
{
    private const int Portion = 250;

    /// <summary>The dry run: marks lines at fault, and what the others would do.</summary>
    public async Task Check(NpgsqlConnection connection, OpenImport import, CancellationToken ct)
    {
        var book = new ImportBook();
        var after = -1;
        await Reset(connection, import, ct);
        while (await ImportTables.Waiting(connection, import.Id, after, Portion, ct) is { Count: > 0 } rows)
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await ImportTables.Know(connection, import.Tenant, rows, book, ct);
            var outcomes = rows.Select(r => (r.Position, Outcome: book.Decide(r.Row))).ToList();
            await Mark(connection, import, outcomes, "waiting", withStates: false, ct);
            if (!await Progress(connection, import, rows.Count, ct))
            {
                return;
            }

            await transaction.CommitAsync(ct);
            Tell(import);
            after = rows[^1].Position;
        }

        await End(connection, import, import.StartByItself ? "running" : "ready", import.StartByItself ? "checked_at = $3, started_at = $3, seen = 0" : "checked_at = $3", ct);
    }

    /// <summary>Does what the lines say.</summary>
    public async Task Run(NpgsqlConnection connection, OpenImport import, CancellationToken ct)
    {
        while (await ImportTables.Waiting(connection, import.Id, -1, Portion, ct) is { Count: > 0 } rows)
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var book = new ImportBook();
            await ImportTables.Know(connection, import.Tenant, rows, book, ct);
            var outcomes = rows.Select(r => (r.Position, Outcome: book.Decide(r.Row))).ToList();
            await Write(connection, import, [.. outcomes.Select(o => o.Outcome)], ct);
            await Mark(connection, import, outcomes, "done", withStates: true, ct);
            if (!await Progress(connection, import, rows.Count, ct))
            {
                return;
            }

            await transaction.CommitAsync(ct);
            Tell(import);
        }

        await End(connection, import, "finished", "finished_at = $3", ct);
    }

    /// <summary>Takes back what the lines did, the last first; what has been used or changed since stays.</summary>
    public async Task Undo(NpgsqlConnection connection, OpenImport import, CancellationToken ct)
    {
        while (await ImportTables.Done(connection, import.Id, Portion, ct) is { Count: > 0 } rows)
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var undo = await UndoPortion.Plan(connection, rows, ct);
            await undo.Write(connection, import, time.GetUtcNow(), ct);
            await connection.Command(
                "update people_import_row r set state = n.state, faults = n.faults from unnest($2, $3, $4) n (position, state, faults) where r.import_id = $1 and r.position = n.position", import.Id,
                ImportTables.Numbers(undo.Rows.Select(r => r.Position)), ImportTables.Texts(undo.Rows.Select(r => r.Why is null ? "undone" : "kept")),
                ImportTables.Documents(undo.Rows.Select(object? (r) => r.Why is { } why ? new[] { why } : Array.Empty<RowFault>()))).Run(ct);
            if (!await Progress(connection, import, rows.Count, ct))
            {
                return;
            }

            await transaction.CommitAsync(ct);
            Tell(import);
        }

        await End(connection, import, "undone", "undone_at = $3", ct);
    }

    private async Task Write(NpgsqlConnection connection, OpenImport import, IReadOnlyList<RowOutcome> outcomes, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var drivers = Last(outcomes.Select(o => o.Driver).OfType<RowChange<DriverState>>(), d => d.Id);
        var badges = Last(outcomes.Select(o => o.Badge).OfType<RowChange<BadgeState>>(), b => b.Id);
        await ImportTables.Insert(connection, import.Tenant, [.. drivers.Where(d => d.Effect == RowEffect.Created).Select(d => d.After)], now, ct);
        await ImportTables.Update(connection, [.. drivers.Where(d => d.Effect == RowEffect.Changed).Select(d => d.After)], ct);
        await ImportTables.Insert(connection, import.Tenant, [.. badges.Where(b => b.Effect == RowEffect.Created).Select(b => b.After)], now, ct);
        await ImportTables.Update(connection, [.. badges.Where(b => b.Effect == RowEffect.Changed).Select(b => b.After)], ct);
        await ImportTables.Audit(
            connection, import.Tenant, import.Actor, now,
            [
                .. drivers.Where(d => d.Effect != RowEffect.Same).Select(d => (d.Effect == RowEffect.Created ? "driver.created" : "driver.changed", "driver", d.After.Id.ToString(), (object?)d.Before, (object?)d.After)),
                .. badges.Where(b => b.Effect != RowEffect.Same).Select(b => (b.Effect == RowEffect.Created ? "idToken.created" : "idToken.changed", "idToken", b.After.Uid, (object?)b.Before, (object?)b.After)),
            ],
            ct);
    }

    /// <summary>Several lines of a portion may mean the same thing: it is written once, as it is after the last.</summary>
    private static List<RowChange<T>> Last<T>(IEnumerable<RowChange<T>> changes, Func<T, Guid> id)
        where T : class =>
        [
            .. changes.GroupBy(c => id(c.After)).Select(g => g.ToList()).Select(those => new RowChange<T>(
                those[0].Effect == RowEffect.Created ? RowEffect.Created : those.Exists(c => c.Effect == RowEffect.Changed) ? RowEffect.Changed : RowEffect.Same, those[0].Before, those[^1].After)),
        ];

    private static Task<int> Mark(NpgsqlConnection connection, OpenImport import, IReadOnlyList<(int Position, RowOutcome Outcome)> outcomes, string good, bool withStates, CancellationToken ct) => connection.Command(
        """
        update people_import_row r set state = n.state, faults = n.faults, driver_id = n.driver_id, driver_did = n.driver_did, driver_before = n.driver_before, driver_after = n.driver_after,
               badge_id = n.badge_id, badge_did = n.badge_did, badge_before = n.badge_before, badge_after = n.badge_after
        from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) n (position, state, faults, driver_id, driver_did, driver_before, driver_after, badge_id, badge_did, badge_before, badge_after)
        where r.import_id = $1 and r.position = n.position
        """,
        import.Id, ImportTables.Numbers(outcomes.Select(o => o.Position)), ImportTables.Texts(outcomes.Select(o => o.Outcome.Faults.Count > 0 ? "bad" : good)),
        ImportTables.Documents(outcomes.Select(object? (o) => o.Outcome.Faults)),
        ImportTables.Ids(outcomes.Select(o => o.Outcome.Driver?.After.Id)), ImportTables.Texts(outcomes.Select(o => Did(o.Outcome.Driver?.Effect))),
        ImportTables.Documents(outcomes.Select(object? (o) => withStates ? o.Outcome.Driver?.Before : null)), ImportTables.Documents(outcomes.Select(object? (o) => withStates ? o.Outcome.Driver?.After : null)),
        ImportTables.Ids(outcomes.Select(o => o.Outcome.Badge?.After.Id)), ImportTables.Texts(outcomes.Select(o => Did(o.Outcome.Badge?.Effect))),
        ImportTables.Documents(outcomes.Select(object? (o) => withStates ? o.Outcome.Badge?.Before : null)), ImportTables.Documents(outcomes.Select(object? (o) => withStates ? o.Outcome.Badge?.After : null))).Run(ct);

    private static string? Did(RowEffect? effect) => effect is { } did ? JsonNamingPolicy.CamelCase.ConvertName(did.ToString()) : null;

    /// <summary>A dry run that was cut off begins anew.</summary>
    private static Task<int> Reset(NpgsqlConnection connection, OpenImport import, CancellationToken ct) =>
        connection.Command("update people_import set seen = 0 where id = $1 and state = 'checking'", import.Id).Run(ct);

    /// <summary>False: a person has stopped it in the meantime.</summary>
    private static async Task<bool> Progress(NpgsqlConnection connection, OpenImport import, int seen, CancellationToken ct) => await connection.Command(
        "update people_import set seen = seen + $3, attempts = 0 where id = $1 and state = $2", import.Id, JsonNamingPolicy.CamelCase.ConvertName(import.State.ToString()), seen).Run(ct) == 1;

    private async Task End(NpgsqlConnection connection, OpenImport import, string state, string set, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var ended = await connection.Command(
            $"update people_import set state = $4, attempts = 0, error = null, {set} where id = $1 and state = $2", import.Id, JsonNamingPolicy.CamelCase.ConvertName(import.State.ToString()), time.GetUtcNow(), state).Run(ct);
        if (ended == 1 && import.State != ImportState.Checking)
        {
            await Outbox.Publish(connection, import.Tenant, new IdTokensChanged(Urgent: true), ct);
        }

        await transaction.CommitAsync(ct);
        Tell(import);
    }

    private void Tell(OpenImport import) => live.Publish(import.Tenant, "import", new { id = import.Id });
}
