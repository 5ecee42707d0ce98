using Ladewerk.Kernel;
using Ladewerk.Kernel.Http;
using Npgsql;

namespace Ladewerk.Payments.Payouts;

/// <summary>A payout as the API shows it.</summary>
/// <param name="Number">Of the statement.</param>
/// <param name="Payee">The host or employee.</param>
/// <param name="Month">The month that the statement is over.</param>
/// <param name="HostReady">The host can receive money at the provider.</param>
/// <param name="StatementCancelled">The statement holds no longer: what was sent is to be taken back, or settled with the next one.</param>
/// <param name="LastError">The provider's word for why it waits or failed.</param>
public sealed record PayoutView(
    PayoutId Id, Guid StatementId, string Number, string Payee, DateOnly? Month, Guid? OrganisationId, Guid? DriverId, Money Amount, PayoutState State, bool HostReady, bool StatementCancelled, Money Returned, Money? Fee,
    string? ProviderId, string? Reference, DateOnly? PaidOn, string? LastError, DateOnly? DueOn, DateTimeOffset CreatedAt, DateTimeOffset? ReleasedAt, string? ReleasedBy, DateTimeOffset? FinishedAt);

/// <summary>Money that came back, as the API shows it.</summary>
public sealed record PayoutReturnView(Guid Id, Money Amount, RefundState State, string? Reason, string AskedBy, DateTimeOffset AskedAt, DateTimeOffset? DoneAt, string? LastError);

/// <summary>A payout with what came back and what was booked.</summary>
public sealed record PayoutDetail(PayoutView Payout, IReadOnlyList<PayoutReturnView> Returns, IReadOnlyList<LedgerRow> Ledger);

/// <summary>A host and its account at the provider; the state is null while it has none.</summary>
public sealed record HostAccountView(Guid OrganisationId, string Name, string? Email, PayoutAccountState? State, IReadOnlyList<string> Missing, string? ProviderId, DateTimeOffset? LinkValidUntil, DateTimeOffset? LookedAt);

/// <summary>Reads payouts and hosts' accounts.</summary>
internal sealed class FindPayouts(NpgsqlDataSource data, TenantContext tenant, FindPayments ledger)
{
    private const string Sql = """
        select p.id, p.invoice_id, i.number, i.supplier ->> 'displayName', i.for_month, p.organisation_id, p.driver_id, p.amount, p.currency, p.state, coalesce(a.state = 'ready', false), i.state = 'cancelled', p.returned, p.fee,
          p.transfer_id, p.reference, p.paid_on, p.last_error, i.due_on, p.created_at, p.released_at, p.released_by, p.finished_at
        from payout p join invoice i on i.id = p.invoice_id left join payout_account a on a.organisation_id = p.organisation_id
        where p.tenant_id = $1
        """;

    /// <summary>The newest first.</summary>
    public async Task<Page<PayoutView>> List(string? state, int? limit, string? cursor, CancellationToken ct)
    {
        var count = Paging.Limit(limit);
        var (at, last) = Paging.Decode(cursor) is { } key && key.Split('|') is [var ticks, var id] && long.TryParse(ticks, System.Globalization.CultureInfo.InvariantCulture, out var before) && Guid.TryParse(id, out var one)
            ? (new DateTimeOffset(before, TimeSpan.Zero), one) : ((DateTimeOffset?)null, Guid.Empty);
        var rows = await data.Rows(
            Sql + " and ($2::text is null or p.state = $2) and ($3::timestamptz is null or (p.created_at, p.id) < ($3, $4)) order by p.created_at desc, p.id desc limit $5", Read, ct,
            tenant.Current.Value, Enum.TryParse<PayoutState>(state, true, out var wanted) ? Name(wanted) : null, at, last, count + 1);
        return Paging.Of(rows, count, p => FormattableString.Invariant($"{p.CreatedAt.UtcTicks}|{p.Id.Value}"));
    }

    public async Task<PayoutDetail?> One(PayoutId id, CancellationToken ct)
    {
        if (await data.First(Sql + " and p.id = $2", Read, ct, tenant.Current.Value, id.Value) is not { } found)
        {
            return null;
        }

        var currency = found.Amount.Currency;
        var returns = await data.Rows(
            "select id, amount, state, reason, asked_by, asked_at, done_at, last_error from payout_return where payout_id = $1 and tenant_id = $2 order by asked_at",
            r => new PayoutReturnView(
                r.GetGuid(0), new Money(r.GetDecimal(1), currency), Enum.Parse<RefundState>(r.GetString(2), true), r.Get<string>(3), r.GetString(4), r.GetFieldValue<DateTimeOffset>(5), r.MaybeTime(6), r.Get<string>(7)),
            ct, id.Value, tenant.Current.Value);
        return new PayoutDetail(found, returns, await ledger.Lines("and b.invoice_id = $2", 100, found.StatementId, ct));
    }

    /// <summary>The hosts that get statements, or have an account.</summary>
    public Task<List<HostAccountView>> Hosts(CancellationToken ct) => data.Rows(
        """
        select o.id, o.name, o.email, a.state, coalesce(a.missing, '[]'), a.provider_id, a.link_expires_at, a.looked_at
        from organisation o left join payout_account a on a.organisation_id = o.id left join site_host_terms t on t.organisation_id = o.id
        where o.tenant_id = $1 and (a.organisation_id is not null or t.is_on or exists (select from payout p where p.organisation_id = o.id)) order by lower(o.name)
        """,
        r => new HostAccountView(
            r.GetGuid(0), r.GetString(1), r.Get<string>(2), r.Get<string>(3) is { } state ? Enum.Parse<PayoutAccountState>(state, true) : null,
            System.Text.Json.JsonSerializer.Deserialize<List<string>>(r.GetString(4)) ?? [], r.Get<string>(5), r.MaybeTime(6), r.MaybeTime(7)),
        ct, tenant.Current.Value);

    private static string Name(PayoutState state) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(state.ToString());

    private static PayoutView Read(NpgsqlDataReader r)
    {
        var currency = r.GetString(8);
        return new PayoutView(
            new PayoutId(r.GetGuid(0)), r.GetGuid(1), r.GetString(2), r.Get<string>(3) ?? "", r.Maybe<DateOnly>(4), r.Maybe<Guid>(5), r.Maybe<Guid>(6), new Money(r.GetDecimal(7), currency),
            Enum.Parse<PayoutState>(r.GetString(9), true), r.GetBoolean(10), r.GetBoolean(11), new Money(r.GetDecimal(12), currency), r.Maybe<decimal>(13) is { } fee ? new Money(fee, currency) : null,
            r.Get<string>(14), r.Get<string>(15), r.Maybe<DateOnly>(16), r.Get<string>(17), r.Maybe<DateOnly>(18), r.GetFieldValue<DateTimeOffset>(19), r.MaybeTime(20), r.Get<string>(21), r.MaybeTime(22));
    }
}

/// <summary>What payouts moved at the provider.</summary>
internal sealed class PayoutMovements(NpgsqlDataSource data, TenantContext tenant) : IBookedMovements
{
    public async Task<IReadOnlyDictionary<string, decimal>> Of(string[] sources, CancellationToken ct) => (await data.Rows(
        """
        select transfer_id, -amount from payout where tenant_id = $1 and transfer_id = any($2)
        union all select provider_id, amount from payout_return where tenant_id = $1 and provider_id = any($2)
        """,
        r => (Id: r.GetString(0), Amount: r.GetDecimal(1)), ct, tenant.Current.Value, sources)).ToDictionary(r => r.Id, r => r.Amount, StringComparer.Ordinal);

    public async Task<IReadOnlyList<ExpectedMovement>> Within(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) => await data.Rows(
        """
        select transfer_id, -amount from payout where tenant_id = $1 and state = 'sent' and transfer_id is not null and finished_at >= $2 and finished_at < $3
        union all select provider_id, amount from payout_return where tenant_id = $1 and state = 'done' and provider_id is not null and done_at >= $2 and done_at < $3
        """,
        r => new ExpectedMovement(r.GetString(0), r.GetDecimal(1)), ct, tenant.Current.Value, from, to);
}
