using Ladewerk.Drivers.Import;
using Ladewerk.Kernel;
using Npgsql;

namespace Ladewerk.Drivers.Privacy;

/// <summary>
/// Erases what is known of a closed driver: first everywhere else, last where it says who they are. Each step may be repeated: a
/// process that dies in the middle begins anew and comes to the same end.
/// </summary>
internal sealed class ErasePerson(NpgsqlDataSource data, TenantContext tenant, IEnumerable<IHoldsPerson> holders, IEnumerable<IErasesPerson> erasers, TimeProvider time)
{
    /// <summary>What it waits for; null: done.</summary>
    public async Task<string?> Run(Guid erasure, Guid driver, CancellationToken ct)
    {
        await using var connection = await data.OpenConnectionAsync(ct);
        if (await Person.Read(connection, tenant.Current, driver, erasure, ct) is { } person)
        {
            foreach (var holder in holders)
            {
                if (await holder.WaitsFor(person.Driver, person.Payer, ct) is { } reason)
                {
                    return reason;
                }
            }

            var changed = await Elsewhere(connection, person, ct);
            await Itself(connection, person, erasure, changed, ct);
        }

        return null;
    }

    private async Task<long> Elsewhere(NpgsqlConnection connection, Person person, CancellationToken ct)
    {
        string[] emails = [.. person.Emails.Select(e => e.ToLowerInvariant())];
        var changed = (long)await connection.Command("delete from mail where tenant_id = $1 and lower(recipient) = any($2)", tenant.Current.Value, ImportTables.Texts(emails)).Run(ct);
        changed += await connection.Command("update audit_entry set address = null where tenant_id = $1 and lower(actor) = any($2) and address is not null", tenant.Current.Value, ImportTables.Texts(emails)).Run(ct);
        // Answers to requests are kept for a day, in case a request is sent twice.
        changed += await connection.Command("delete from idempotency_key where tenant_id = $1 and encode(body, 'escape') ~* $2", tenant.Current.Value, person.Related).Run(ct);
        foreach (var eraser in erasers)
        {
            changed += await eraser.Erase(person.Driver, person.Payer, ct);
        }

        return changed + await Sweep.Run(connection, person, tenant.Current.Value, ct);
    }

    private async Task Itself(NpgsqlConnection connection, Person person, Guid erasure, long changed, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await connection.Command("delete from id_token_alias where id_token_id = any($1)", ImportTables.Ids(person.Badges)).Run(ct);
        foreach (var (index, badge) in person.Badges.Index())
        {
            await connection.Command(
                "update id_token set uid = $2, uid_key = $2, visual_number = null, note = null, group_id = null, status = 'blocked', erased_at = $3 where id = $1", badge, Person.BadgePseudonym(person.Pseudonym, index), now).Run(ct);
        }

        if (person.Account is { } account)
        {
            await connection.Command("delete from account where id = $1 and tenant_id = $2 and disabled_at is not null", account, tenant.Current.Value).Run(ct);
        }

        // A private vehicle is theirs alone; a fleet's stays with the fleet.
        await connection.Command("delete from vehicle where driver_id = $1 and contract_id is null", person.Driver.Value).Run(ct);
        await connection.Command(
            "update vehicle set driver_id = null, name = erase_from_text(name, $2, $3), note = erase_from_text(note, $2, $3) where driver_id = $1", person.Driver.Value, ImportTables.Texts(person.Patterns), ImportTables.Texts(person.Pseudonyms)).Run(ct);
        if (person.Payer is { } payer)
        {
            await connection.Command(
                "update billing_account set name = $2, company = null, street = null, postal_code = null, city = null, vat_id = null, email = null, customer_number = null, electronic_address = null, electronic_scheme = null, buyer_reference = null where id = $1", payer.Value, person.Pseudonym).Run(ct);
        }

        await connection.Command(
            "update driver set name = $2, email = null, phone = null, number = null, account_id = null, status = 'closed', erased_at = $3 where id = $1", person.Driver.Value, person.Pseudonym, now).Run(ct);
        await ImportTables.Audit(connection, tenant.Current, ("system", "system"), now, [("driver.erased", "driver", person.Driver.Value.ToString(), null, null)], ct);
        await connection.Command("update person_erasure set state = 'done', waits_for = null, done_at = $2, changed_rows = $3 where id = $1", erasure, now, changed).Run(ct);
        await Outbox.Publish(connection, tenant.Current, new IdTokensChanged(Urgent: true), ct);
        await transaction.CommitAsync(ct);
    }
}
