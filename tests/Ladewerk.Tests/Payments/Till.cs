using Ladewerk.FakeStripe;
using Npgsql;

namespace Ladewerk.Tests.Payments;

/// <summary>The books of a server under test, seen from outside: sessions that wait for their money, and what became of it here and at the provider.</summary>
internal sealed class Till(string connectionString, FakeServer fake) : IAsyncDisposable
{
    private const string SeedSql = """
        with t as (
          update tenant set profile = profile || '{"legalName": "Stadtwerke Musterstadt GmbH", "street": "Am Markt 5", "postalCode": "12345", "city": "Musterstadt", "vatId": "DE000000000", "email": "rechnung@example.org", "phone": "030 123456"}'
          returning id),
        station as (insert into charging_station (id, tenant_id, identity, identity_key, created_at) select gen_random_uuid(), id, 'TILL', 'till', now() from t returning id, tenant_id),
        tariff as (insert into tariff (id, tenant_id, name, currency) select gen_random_uuid(), id, 'Till', 'EUR' from t returning id),
        account as (
          insert into billing_account (id, tenant_id, name, street, postal_code, city, customer_number)
          select gen_random_uuid(), t.id, 'Till ' || n, 'Gartenweg ' || n, '12345', 'Musterstadt', 'TILL-' || n from generate_series(1, $2) n, t returning id),
        -- Those of guests first: one for each intent; then two for each account.
        made as (
          select n, intent, null::uuid as account, gen_random_uuid() as session, gen_random_uuid() as cdr, (2000 + n * 137 % 40000)::bigint as wh from unnest($1) with ordinality g (intent, n)
          union all select row_number() over () + 1000000, null, a.id, gen_random_uuid(), gen_random_uuid(), 11004 from account a, generate_series(1, 2)),
        session as (
          insert into charging_session (id, tenant_id, station_id, evse_number, connector_number, transaction_id, start_key, id_token, id_token_key, billing_account_id, authorisation,
            started_at, ended_at, state, phase, meter_start_wh, meter_stop_wh, energy_wh, tariff_id, tariff_version, time_zone, created_at)
          select m.session, s.tenant_id, s.id, 1, 1, m.n, m.n, 'TILL', 'TILL', m.account, 'accepted', now() - interval '3 hours', now() - interval '1 hour', 'ended', 'ended', 100000, 100000 + wh, wh,
            tariff.id, 1, 'Europe/Berlin', now() - interval '3 hours'
          from made m, station s, tariff returning id),
        priced as (select *, round(wh * 0.49 / 1000, 2) as gross, round(round(wh * 0.49 / 1000, 2) / 1.19, 2) as net from made),
        record as (
          insert into charge_detail_record (id, tenant_id, session_id, kind, revision, billing_account_id, place, time_zone, started_at, ended_at, meter_start_wh, meter_stop_wh, energy_wh,
            tariff_id, tariff_version, prices_gross, currency, excl_vat, incl_vat, cost, created_at, billing)
          select cdr, s.tenant_id, p.session, 'original', 1, p.account, '{"country": "DE", "stationId": "TILL", "station": "TILL", "evseId": "DE*SMU*ETILL*1"}',
            'Europe/Berlin', now() - interval '3 hours', now() - interval '1 hour', 100000, 100000 + wh, wh, tariff.id, 1, true, 'EUR', net, gross,
            jsonb_build_object('currency', 'EUR', 'exclVat', net::text, 'inclVat', gross::text, 'vat', jsonb_build_array(jsonb_build_object('rate', 19, 'amount', (gross - net)::text)),
              'lines', jsonb_build_array(jsonb_build_object('type', 'ENERGY', 'quantity', wh / 1000.0, 'unit', 'kWh', 'unitPrice', '0.49', 'exclVat', net::text, 'vatRate', 19, 'inclVat', gross::text,
                'from', now() - interval '3 hours', 'to', now() - interval '1 hour', 'element', 0)),
              'exact', jsonb_build_object('exclVat', net::text, 'inclVat', gross::text), 'warnings', '[]'::jsonb),
            now(), 'open'
          from priced p, station s, tariff returning id)
        insert into payment (id, tenant_id, station_id, evse_number, evse, link_hash, state, currency, hold, language, link_sealed, intent_id, session_id, created_at, held_at)
        select gen_random_uuid(), s.tenant_id, s.id, 1, 'DE*SMU*ETILL*1', uuid_send(session), 'charging', 'EUR', 60, 'de', '', intent, session, now() - interval '3 hours', now() - interval '3 hours'
        from made m, station s where intent is not null
        """;

    // A host with an account, and one statement for it of each month back into the past.
    private const string StatementsSql = """
        with t as (select id from tenant),
        host as (insert into organisation (id, tenant_id, name, created_at) select gen_random_uuid(), id, 'Till', now() from t returning id, tenant_id),
        account as (insert into payout_account (organisation_id, tenant_id, provider_id, state, created_at, looked_at) select id, tenant_id, $1, 'ready', now(), now() from host),
        statement as (
          insert into invoice (id, tenant_id, kind, number, year, sequence, issued_on, issued_at, period_from, period_to, language, time_zone, currency, net, vat, gross, vat_lines, supplier, customer, session_count, energy_wh,
            organisation_id, for_month, document_state)
          select gen_random_uuid(), tenant_id, 'selfBilling', 'TILL-G-' || n, 2026, n, current_date, now(), current_date, current_date, 'de', 'Europe/Berlin', 'EUR', 100, 19, 119,
            '[{"rate": 19, "category": "S", "net": 100, "vat": 19, "gross": 119}]', '{"name": "Till", "displayName": "Till"}', '{"name": "Us", "country": "DE"}', 0, 0,
            id, (date '2026-01-01' - make_interval(months => n::int))::date, 'ready'
          from host, generate_series(1, $2) n returning id, tenant_id, organisation_id),
        line as (
          insert into invoice_line (invoice_id, position, item, tenant_id, type, quantity, unit, unit_price, vat_rate, net, gross, from_at, to_at)
          select id, 1, 1, tenant_id, 'SHARE', 1, '', 100, 19, 100, 119, now(), now() from statement),
        booking as (
          insert into ledger_booking (id, tenant_id, key, kind, invoice_id, booked_at) select gen_random_uuid(), tenant_id, 'statement:' || replace(id::text, '-', ''), 'statement', id, now() from statement returning id, tenant_id),
        entry as (
          insert into ledger_entry (booking_id, position, tenant_id, account, amount, currency)
          select id, x.position, tenant_id, x.account, x.amount, 'EUR' from booking, lateral (values (1, 'expense', 100), (2, 'inputVat', 19), (3, 'payable', -119)) x (position, account, amount))
        insert into payout (id, tenant_id, invoice_id, organisation_id, currency, amount, state, created_at) select gen_random_uuid(), tenant_id, id, organisation_id, 'EUR', 119, 'waiting', now() from statement
        """;

    private const string OpenSql = """
        select concat_ws(', ', 'payments ' || nullif(p.n, 0), 'refunds ' || nullif(r.n, 0), 'records ' || nullif(c.n, 0), 'events ' || nullif(o.n, 0), 'runs ' || nullif(i.n, 0), 'payouts ' || nullif(t.n, 0)) from
          (select count(*) n from payment where state <> 'captured' or receipt_id is null or fee is null or lease_until is not null) p,
          (select count(*) n from payment_refund where state = 'asked') r,
          (select count(*) n from charge_detail_record where billing = 'open') c,
          (select count(*) n from outbox) o,
          (select count(*) n from invoice_run where state in ('waiting', 'running')) i,
          (select count(*) n from payout where state = 'released' or lease_until is not null) t
        """;

    private readonly NpgsqlDataSource data = NpgsqlDataSource.Create(connectionString);

    /// <summary>In the order in which they become due.</summary>
    public IReadOnlyList<(Guid Id, string Intent, decimal Price)> Payments { get; private set; } = [];

    public IReadOnlyList<Guid> Accounts { get; private set; } = [];

    /// <summary>As many as accounts; nobody has released them.</summary>
    public IReadOnlyList<Guid> Payouts { get; private set; } = [];

    /// <summary>Sessions that are over: of guests, whose cards are held, and of accounts, two each; and as many statements to a host.</summary>
    public async Task Fill(int payments, int accounts)
    {
        var intents = Enumerable.Range(0, payments).Select(_ =>
        {
            var intent = fake.Books.NewIntent(6000, "eur", manual: true, payment: null, increments: false);
            fake.Books.Confirm(intent, PaymentScene.Good, confirmed: true);
            return intent.Id;
        }).ToArray();
        await Execute(SeedSql, intents, accounts);
        Payments = await Rows("select p.id, p.intent_id, r.incl_vat from payment p join charge_detail_record r on r.session_id = p.session_id order by p.intent_id", r => (r.GetGuid(0), r.GetString(1), r.GetDecimal(2)));
        fake.Connect.TopUp(1_000_000_00, "eur");
        await Execute(StatementsSql, fake.Connect.Ready("Till").Id, accounts);
        Payouts = await Rows("select id from payout order by id", r => r.GetGuid(0));
        Accounts = await Rows("select id from billing_account order by id", r => r.GetGuid(0));
    }

    public Task Due(int from, int count) => Execute("update payment set due_at = now() where id = any($1)", Payments.Skip(from).Take(count).Select(p => p.Id).ToArray());

    /// <summary>As if as much time had passed: what a dead server held is anybody's.</summary>
    public Task LeasesEnd() => Execute(
        """
        with p as (update payment set lease_until = now() where lease_until is not null),
        t as (update payout set lease_until = now() where lease_until is not null),
        r as (update payment_reconciliation set started_at = started_at - interval '1 hour' where state = 'running')
        update outbox set available_at = now() where available_at > now()
        """);

    /// <summary>What is not done yet.</summary>
    public async Task<string> Open() => (await Rows(OpenSql, r => r.GetString(0))).Single();

    public async Task ShouldHaveMovedOnce()
    {
        var asked = (await Rows("select p.intent_id, sum(r.amount) from payment_refund r join payment p on p.id = r.payment_id group by 1", r => (Intent: r.GetString(0), Amount: r.GetDecimal(1)))).ToDictionary(r => r.Intent, r => r.Amount, StringComparer.Ordinal);
        foreach (var (_, id, price) in Payments)
        {
            var intent = fake.Books.Intent(id);
            (id, intent.Captures, intent.Received / 100m, intent.Refunded / 100m).ShouldBe((id, 1, price, asked.GetValueOrDefault(id)));
        }

        var sent = await Rows("select id from payout where state = 'sent'", r => r.GetGuid(0).ToString());
        fake.Connect.Transfers.Select(t => t.Payout).ShouldBe(sent, ignoreOrder: true);
        (await Number("select count(*) from (select cdr_id from invoice_line where cdr_id is not null group by cdr_id having count(distinct invoice_id) <> 1) odd")).ShouldBe(0);
        (await Number("select count(*) from (select from invoice group by kind, year having max(sequence) <> count(*)) odd")).ShouldBe(0);
        (await Number("select count(*) from payment_refund where state <> 'done'")).ShouldBe(0);
        (await Number("select count(*) from (select booking_id from ledger_entry group by booking_id, currency having sum(amount) <> 0) odd")).ShouldBe(0);

        // To and from the bank is booked by the nightly comparison, if that has come meanwhile.
        (await Number("select coalesce(sum(e.amount), 0) from ledger_entry e join ledger_booking b on b.id = e.booking_id where e.account = 'provider' and b.kind <> 'payout'")).ShouldBe(fake.Books.Movements.Where(m => m.Type != "topup").Sum(m => m.Amount - m.Fee) / 100m);
    }

    public ValueTask DisposeAsync() => data.DisposeAsync();

    private async Task<decimal> Number(string sql) => (await Rows(sql, r => r.GetFieldValue<decimal>(0))).Single();

    private async Task Execute(string sql, params object[] arguments)
    {
        await using var command = data.CreateCommand(sql);
        foreach (var argument in arguments)
        {
            command.Parameters.Add(new() { Value = argument });
        }

        await command.ExecuteNonQueryAsync();
    }

    private async Task<List<T>> Rows<T>(string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = data.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
