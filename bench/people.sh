#!/bin/sh
# How fast the lists of drivers and badges answer where there are 100,000 of each.
#
#   PGURL='host=/run/pg user=ladewerk dbname=bench' BASE=http://127.0.0.1:8080 KEY=lwk_... bench/people.sh [rows]
#
# Fills the database of a running server (made for this: the rows stay) and asks each list 40 times, one request after the other.
set -eu
ROWS=${1:-100000}
: "${PGURL:?}" "${BASE:?}" "${KEY:?}"

psql -q "$PGURL" -v ON_ERROR_STOP=1 -v rows="$ROWS" <<'SQL'
with t as (select id from tenant order by created_at limit 1),
names as (
  select n, (array['Anna','Boris','Clara','David','Eva','Felix','Greta','Hans','Ines','Jonas','Katrin','Lars','Mia','Nils','Olga','Paul','Ruth','Sven','Tina','Uwe'])[1 + n % 20] || ' '
    || (array['Ackermann','Bauer','Claussen','Dietrich','Eberhardt','Fischer','Graf','Hoffmann','Imhof','Jung','Krause','Lehmann','Maier','Neumann','Otto','Pohl','Richter','Schulz','Thiel','Vogel'])[1 + (n / 20) % 20] || ' ' || n as name
  from generate_series(1, :rows) n)
insert into driver (id, tenant_id, name, email, phone, number, created_at)
select gen_random_uuid(), t.id, name, 'bench' || n || '@example.org', '+49 30 ' || n, 'BENCH-' || n, now() from names, t
on conflict do nothing;
insert into id_token (id, tenant_id, uid, uid_key, visual_number, driver_id, created_at)
select gen_random_uuid(), d.tenant_id, upper(lpad(to_hex(row_number() over (order by d.number)), 14, 'F')), upper(lpad(to_hex(row_number() over (order by d.number)), 14, 'F')), 'SMU ' || lpad((row_number() over (order by d.number))::text, 8, '0'), d.id, now()
from driver d where d.number like 'BENCH-%'
on conflict do nothing;
analyze driver;
analyze id_token;
SQL

ask() {
  name=$1
  path=$2
  i=0
  times=''
  curl -fsS -o /dev/null -H "Authorization: Bearer $KEY" "$BASE$path"
  while [ $i -lt 40 ]; do
    times="$times
$(curl -fsS -o /dev/null -w '%{time_total}' -H "Authorization: Bearer $KEY" "$BASE$path")"
    i=$((i + 1))
  done
  echo "$times" | sed '/^$/d' | sort -n | awk -v name="$name" '{ v[NR] = $1 * 1000 } END { printf "| %s | %.0f ms | %.0f ms | %.0f ms |\n", name, v[int(NR * 0.5)], v[int(NR * 0.95)], v[NR] }'
}

echo '| list | median | p95 | slowest |'
echo '|---|---|---|---|'
ask 'drivers, first page (API, 100 rows)' '/api/v1/drivers'
ask 'drivers, by a part of the name' '/api/v1/drivers?q=Neumann%209'
ask 'drivers, by e-mail' '/api/v1/drivers?q=bench77777@'
ask 'drivers, by two letters' '/api/v1/drivers?q=eb'
ask 'drivers, blocked ones (none)' '/api/v1/drivers?status=blocked'
ask 'badges, first page (API, 100 rows)' '/api/v1/id-tokens'
ask 'drivers, page (portal, 50 rows with payer and badges)' '/portal/drivers'
ask 'drivers, page 2,000 (portal)' '/portal/drivers?page=2000'
ask 'drivers, search (portal)' '/portal/drivers?q=Neumann%209'
ask 'badges, page (portal)' '/portal/id-tokens'
ask 'badges, by a part of the uid (portal)' '/portal/id-tokens?q=0001869'
ask 'badges, by the printed number (portal)' '/portal/id-tokens?q=00077777'
ask 'badges, by the driver (portal)' '/portal/id-tokens?q=Neumann%209'
