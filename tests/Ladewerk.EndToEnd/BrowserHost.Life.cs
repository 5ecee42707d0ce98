using System.Net;
using System.Net.Http.Json;
using Ladewerk.Tests.Hosting;

namespace Ladewerk.EndToEnd;

// One of each thing that has a page of its own, so that the walk finds a link to every page.
public sealed partial class BrowserHost
{
    private async Task Prices()
    {
        await Patch("/api/v1/tenant", new
        {
            profile = new { legalName = "Stadtwerke Musterstadt GmbH", street = "Am Werk 1", postalCode = "12345", city = "Musterstadt", vatId = "DE123456789", iban = "DE02120300000000202051" },
        });
        var tariff = await Made("/api/v1/tariffs", new
        {
            currency = "EUR", name = "Stadtstrom AC", elements = new[] { new { components = new[] { new { type = "ENERGY", price = 0.41m, vat = 19m } } } },
        });
        using var assigned = await Host.Api.PutAsJsonAsync("/api/v1/assignments", new { level = "tenant", target = "", tariffId = tariff });
        assigned.EnsureSuccessStatusCode();
    }

    /// <summary>A guest paid 12.34 of 50.00 with a card.</summary>
    private Task<string> PaidByCard() => Scalar(
        $"""
        with p as (
          insert into payment (id, tenant_id, station_id, evse_number, evse, link_hash, state, currency, hold, price, captured, fee, language, link_sealed, intent_id, created_at, held_at, finished_at)
          select gen_random_uuid(), tenant_id, id, 1, 'DE*SMU*03*1', '\x00', 'captured', 'EUR', 50, 12.34, 12.34, 0.43, 'de', '', 'pi_of_the_past', now() - interval '2 hours', now() - interval '2 hours', now() - interval '1 hour'
          from charging_station where identity = '{ForDrivers}' returning id, tenant_id),
        b as (insert into ledger_booking (id, tenant_id, key, kind, payment_id, booked_at) select gen_random_uuid(), tenant_id, 'capture:past', 'capture', id, now() from p returning id, tenant_id),
        e as (insert into ledger_entry (booking_id, position, tenant_id, account, amount, currency)
          select b.id, l.position, b.tenant_id, l.account, l.amount, 'EUR' from b, (values (1, 'provider', 12.34), (2, 'receivable', -12.34)) l (position, account, amount))
        insert into payment_reconciliation (id, tenant_id, day, state, from_at, to_at, movements, matched, findings, started_at, finished_at)
        select gen_random_uuid(), tenant_id, current_date, 'done', now() - interval '3 days', now(), 2, 1, jsonb_build_array(jsonb_build_object('kind', 'unknownToUs', 'reference', 'pi_of_somebody', 'theirs', 7.77, 'currency', 'EUR')), now(), now() from p
        returning (select id::text from p)
        """);

    /// <summary>A card reader at the second charge point for drivers, where that payment was made.</summary>
    private Task<string> CardReader() => Scalar(
        $"""
        with s as (select id, tenant_id, site_id from charging_station where identity = '{ForDrivers}'),
        t as (insert into payment_terminal (id, tenant_id, site_id, provider, reader_id, label, model, online, seen_at, created_at)
          select gen_random_uuid(), tenant_id, site_id, 'stripe', 'tmr_of_the_past', 'Terminal Rathaus', 'stripe_s700', true, now(), now() from s returning id, tenant_id),
        x as (update payment set terminal_id = t.id, card_last4 = '4242' from t where intent_id = 'pi_of_the_past' returning payment.id, payment.tenant_id, payment.station_id, payment.created_at),
        p as (insert into terminal_point (station_id, evse_number, tenant_id, terminal_id) select s.id, 2, s.tenant_id, t.id from s, t)
        insert into terminal_offer (payment_id, tenant_id, terminal_id, station_id, evse_number, origin, state, round, until, created_at, queued_at, offered_at, ended_at)
        select x.id, x.tenant_id, t.id, x.station_id, 1, 'plug', 'over', 1, x.created_at, x.created_at, x.created_at, x.created_at, x.created_at from x, t
        returning payment_id::text
        """);

    /// <summary>What a statement of the last month owes to the host of a site.</summary>
    private Task<string> Owed() => Scalar(
        """
        with t as (select id from tenant order by created_at limit 1),
        host as (insert into organisation (id, tenant_id, name, email, created_at) select gen_random_uuid(), id, 'Parkhaus Ring GmbH', 'host@parkhaus.example', now() from t returning id, tenant_id),
        account as (insert into payout_account (organisation_id, tenant_id, provider_id, state, missing, created_at, looked_at) select id, tenant_id, 'acct_of_the_past', 'incomplete', '["external_account"]', now(), now() from host),
        statement as (
          insert into invoice (id, tenant_id, kind, number, year, sequence, issued_on, issued_at, period_from, period_to, language, time_zone, currency, net, vat, gross, vat_lines, supplier, customer, session_count, energy_wh,
            organisation_id, for_month, document_state)
          select gen_random_uuid(), tenant_id, 'selfBilling', '2026-G-000001', 2026, 1, current_date, now(), current_date, current_date, 'de', 'Europe/Berlin', 'EUR', 100, 19, 119,
            '[{"rate": 19, "category": "S", "net": 100, "vat": 19, "gross": 119}]', '{"name": "Parkhaus Ring GmbH", "displayName": "Parkhaus Ring GmbH", "street": "Ring 1", "postalCode": "12345", "city": "Musterstadt", "country": "DE"}',
            '{"name": "Stadtwerke Musterstadt GmbH", "country": "DE"}', 0, 0, id, date_trunc('month', now() - interval '1 month')::date, 'ready'
          from host returning id, tenant_id, organisation_id),
        line as (
          insert into invoice_line (invoice_id, position, item, tenant_id, type, description, quantity, unit, unit_price, vat_rate, net, gross, from_at, to_at)
          select id, 1, 1, tenant_id, 'SHARE', 'Rathaus: Anteil 20 %', 1, '', 100, 19, 100, 119, now(), now() from statement)
        insert into payout (id, tenant_id, invoice_id, organisation_id, currency, amount, state, created_at) select gen_random_uuid(), tenant_id, id, organisation_id, 'EUR', 119, 'waiting', now() from statement
        returning id::text
        """);

    private async Task Customer()
    {
        var account = await Made("/api/v1/billing-accounts", new { name = "Erika Muster", street = "Ringstr. 5", postalCode = "12345", city = "Musterstadt", email = "erika@muster.example" });
        var driver = await Made("/api/v1/drivers", new { name = "Erika Muster", billingAccountId = account });
        await Host.Api.Post("/api/v1/id-tokens", new { uid = Badge, type = "ISO14443", driverId = driver }).Is(HttpStatusCode.Created);
        await Made("/api/v1/badge-batches", new { name = "Karten 2026", lines = "04C1000001\n04C1000002\n04C1000003", firstNumber = "SWM 20 001" });
        await Host.Api.Put("/api/v1/badge-orders/rules", new { isOpen = true, priceDe = "Einmalig 5,00 €", priceEn = "5.00 € once" }).Is(HttpStatusCode.OK);
        await Made("/api/v1/badge-orders", new { driverId = driver });
    }

    private async Task Operation()
    {
        var firmware = await Made("/api/v1/firmware", new { vendor = "Compleo", version = "4.2.0", releaseNotes = "Counts to the watt-hour after a power loss." });
        await Host.Api.PutAsync($"/api/v1/firmware/{firmware}/image?name=4.2.0.bin", new ByteArrayContent([1, 2, 3])).Is(HttpStatusCode.OK);
        await Made("/api/v1/firmware-campaigns", new { name = "4.2.0", firmwareId = firmware, start = false });
        await Made("/api/v1/jobs", new { command = "reset", body = new { kind = "soft" }, stations = new[] { "MS-Rathaus-02" } });

        // At every station, because the walk looks at the one that it meets first.
        var day = TimeProvider.System.GetUtcNow().AddDays(1);
        foreach (var (at, station) in (await Host.Api.Json("/api/v1/stations")).GetProperty("items").EnumerateArray().Index())
        {
            await Made("/api/v1/reservations", new { stationId = station.GetProperty("id").GetString(), idToken = Badge, startsAt = day.AddHours(-2 * at), durationMinutes = 60 });
        }
    }

    /// <summary>The ended session is billed as soon as its record is there.</summary>
    private async Task Invoiced(long transaction)
    {
        for (var i = 0; i < 100 && (await Host.Api.Json("/api/v1/cdrs")).GetProperty("items").GetArrayLength() == 0; i++)
        {
            await Task.Delay(100);
        }

        var run = await Host.Api.Post("/api/v1/invoices/run", new { }).Is(HttpStatusCode.OK);
        run.GetProperty("invoices").GetInt32().ShouldBe(1, $"transaction {transaction}");
    }

    private async Task<string> Made(string path, object body) => (await Host.Api.Post(path, body).Is(HttpStatusCode.Created)).GetProperty("id").GetString()!;

    private async Task Patch(string path, object body)
    {
        using var answer = await Host.Api.PatchAsJsonAsync(path, body);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }
}
