#!/bin/sh
# How long it takes to invoice 100,000 sessions of 20,000 accounts, without their documents, and how much memory the server needs for it.
#
#   PGURL='host=/run/pg user=ladewerk dbname=bench' BASE=http://127.0.0.1:8080 KEY=lwk_... PID=4711 bench/invoices.sh [accounts] [sessions per account]
#
# Fills the database of a running server (made for this: the rows stay), starts a run and watches it. With STOP=1 the run is stopped when a third is
# done and taken up again. PID is the server's process; its resident memory is read once a second.
set -eu
ACCOUNTS=${1:-20000}
PER=${2:-5}
: "${PGURL:?}" "${BASE:?}" "${KEY:?}" "${PID:?}"

psql -q "$PGURL" -v ON_ERROR_STOP=1 -v accounts="$ACCOUNTS" -v per="$PER" <<'SQL'
update tenant set profile = profile || '{"legalName": "Stadtwerke Musterstadt GmbH", "street": "Am Markt 5", "postalCode": "12345", "city": "Musterstadt", "vatId": "DE000000000", "email": "rechnung@example.org", "phone": "030 123456"}'
where id = (select id from tenant order by created_at limit 1);
with t as (select id from tenant order by created_at limit 1)
insert into charging_station (id, tenant_id, identity, identity_key, created_at) select gen_random_uuid(), id, 'BENCH', 'bench', now() from t on conflict do nothing;
with t as (select id from tenant order by created_at limit 1)
insert into tariff (id, tenant_id, name, currency) select '00000000-0000-0000-0000-0000000be9c4', id, 'Bench', 'EUR' from t on conflict do nothing;
with t as (select id from tenant order by created_at limit 1)
insert into billing_account (id, tenant_id, name, street, postal_code, city, customer_number)
select gen_random_uuid(), t.id, 'Bench ' || n, 'Gartenweg ' || n, '12345', 'Musterstadt', 'BENCH-' || gen_random_uuid() from generate_series(1, :accounts) n, t;
create temporary table made as
select gen_random_uuid() as session, gen_random_uuid() as cdr, a.tenant_id, a.id as account, s.id as station, now() - interval '40 days' + n * interval '3 hours' as began,
  (3000 + (hashtext(a.id::text || n) & 32767))::bigint as wh, row_number() over () + (select coalesce(max(transaction_id), 0) from charging_session) as no
from billing_account a, generate_series(1, :per) n, charging_station s where s.identity = 'BENCH' and a.customer_number like 'BENCH-%' and not exists (select from charge_detail_record r where r.billing_account_id = a.id);
insert into charging_session (id, tenant_id, station_id, evse_number, connector_number, transaction_id, start_key, id_token, id_token_key, billing_account_id, authorisation,
  started_at, ended_at, state, phase, meter_start_wh, meter_stop_wh, energy_wh, tariff_id, tariff_version, time_zone, created_at)
select session, tenant_id, station, 1, 1, no, no, 'BENCH', 'BENCH', account, 'accepted', began, began + interval '2 hours', 'ended', 'ended', 100000, 100000 + wh, wh,
  '00000000-0000-0000-0000-0000000be9c4', 1, 'Europe/Berlin', began from made;
insert into charge_detail_record (id, tenant_id, session_id, kind, revision, billing_account_id, place, time_zone, started_at, ended_at, meter_start_wh, meter_stop_wh, energy_wh,
  tariff_id, tariff_version, prices_gross, currency, excl_vat, incl_vat, cost, created_at, billing)
select cdr, tenant_id, session, 'original', 1, account,
  '{"site": "Rathaus", "street": "Rathausplatz 2", "postalCode": "12345", "city": "Musterstadt", "country": "DE", "stationId": "BENCH", "station": "BENCH", "evseId": "DE*SMU*EBENCH*1"}',
  'Europe/Berlin', began, began + interval '2 hours', 100000, 100000 + wh, wh, '00000000-0000-0000-0000-0000000be9c4', 1, true, 'EUR', net, gross,
  jsonb_build_object('currency', 'EUR', 'exclVat', net::text, 'inclVat', gross::text, 'vat', jsonb_build_array(jsonb_build_object('rate', 19, 'amount', (gross - net)::text)),
    'lines', jsonb_build_array(
      jsonb_build_object('type', 'ENERGY', 'quantity', wh / 1000.0, 'unit', 'kWh', 'unitPrice', '0.49', 'exclVat', (net - 0.84)::text, 'vatRate', 19, 'inclVat', (gross - 1.00)::text,
        'from', began, 'to', began + interval '1 hour', 'element', 0),
      jsonb_build_object('type', 'PARKING_TIME', 'quantity', 1, 'unit', 'h', 'unitPrice', '1.00', 'exclVat', '0.84', 'vatRate', 19, 'inclVat', '1.00',
        'from', began + interval '1 hour', 'to', began + interval '2 hours', 'element', 0)),
    'exact', jsonb_build_object('exclVat', net::text, 'inclVat', gross::text), 'warnings', '[]'::jsonb),
  now(), 'open'
from (select *, round(wh * 0.49 / 1000, 2) + 1.00 as gross, round((round(wh * 0.49 / 1000, 2) + 1.00) / 1.19, 2) as net from made) m;
analyze charge_detail_record;
analyze billing_account;
SQL

api() {
  curl -fsS -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' "$@"
}

field() {
  sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"
}

memory() {
  awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$PID/status"
}

before=$(memory)
peak=$before
began=$(date +%s.%N)
run=$(api -X POST "$BASE/api/v1/invoices/run" -d '{}')
id=$(echo "$run" | sed 's/^{"id":"\([^"]*\)".*/\1/')
stopped=${STOP:-}
while :; do
  run=$(api "$BASE/api/v1/invoices/runs/$id")
  state=$(echo "$run" | field state)
  now=$(memory)
  [ "$now" -gt "$peak" ] && peak=$now
  if [ -n "$stopped" ] && [ "$state" = running ] && [ "$(echo "$run" | field accountsDone)" -gt $((ACCOUNTS / 3)) ]; then
    api -X POST "$BASE/api/v1/invoices/runs/$id/stop" >/dev/null
    api -X POST "$BASE/api/v1/invoices/runs/$id/resume" >/dev/null
    stopped=''
    continue
  fi
  case $state in finished | failed) break ;; esac
  sleep 1
done
ended=$(date +%s.%N)

echo "$run" | awk -v s="$(echo "$ended - $began" | bc)" -v before="$before" -v peak="$peak" -v state="$state" \
  '{ printf "%s after %.1f s; memory %d MB before, %d MB at most\n", state, s, before, peak }'
psql -tA "$PGURL" -c "
select 'invoices ' || count(*) || ', sessions ' || sum(session_count) || ', gross ' || sum(gross) from invoice where run_id = '$id';
select 'gaps in the numbers: ' || (max(sequence) - min(sequence) + 1 - count(*)) from invoice where kind = 'invoice' group by tenant_id, year;
select 'records still open: ' || count(*) from charge_detail_record where billing = 'open';
select 'difference between records and invoices: ' || (select sum(incl_vat) from charge_detail_record where billing = 'invoiced') - (select sum(gross) from invoice where kind = 'invoice');"
