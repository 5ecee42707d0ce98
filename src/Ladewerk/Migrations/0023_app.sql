-- Drivers at the kerb: short codes on stickers, guests' links, wishes for a session, fault reports.

-- Six characters that cannot be mistaken for each other, unique on the installation: what is printed under the QR code.
create function evse_short_code() returns text language plpgsql volatile as $$
declare
  letters constant text := '23456789ABCDEFGHJKMNPQRSTVWXYZ';
  code text;
begin
  loop
    code := '';
    for i in 1..6 loop
      code := code || substr(letters, 1 + floor(random() * length(letters))::int, 1);
    end loop;
    exit when not exists (select 1 from evse where short_code = code);
  end loop;
  return code;
end $$;

alter table evse add column short_code text;
create unique index evse_short_code_key on evse (short_code);
do $$
declare
  point record;
begin
  for point in select id from evse where short_code is null loop
    update evse set short_code = evse_short_code() where id = point.id;
  end loop;
end $$;
alter table evse alter column short_code set default evse_short_code();
alter table evse alter column short_code set not null;

-- The public page asks without knowing the tenant, and people leave the separators out.
create index evse_public on evse (replace(upper(evse_id), '*', '')) where evse_id is not null;

-- What the driver wishes of a session.
alter table charging_session add column departure_at timestamptz;
alter table charging_session add column energy_need_wh bigint check (energy_need_wh > 0);
alter table charging_session add column target_soc numeric(4, 1) check (target_soc between 1 and 100);
create index charging_session_driver on charging_session (tenant_id, driver_id, started_at desc) where driver_id is not null;

-- A start that was asked for from a phone: by a guest with a link of their own, or by a driver.
create table phone_start (
  id             uuid primary key,
  tenant_id      uuid not null references tenant,
  token_hash     bytea unique,
  driver_id      uuid references driver on delete cascade,
  station_id     uuid not null references charging_station on delete cascade,
  evse_number    int not null,
  id_token_key   text not null,
  outcome        text not null,
  session_id     uuid references charging_session,
  requested_at   timestamptz not null,
  departure_at   timestamptz,
  energy_need_wh bigint,
  target_soc     numeric(4, 1),
  check (token_hash is not null or driver_id is not null)
);
create index phone_start_driver on phone_start (tenant_id, driver_id, requested_at desc) where driver_id is not null;

-- What drivers report of a charge point. The photo carries nothing but the picture.
create table fault_report (
  id           uuid primary key,
  tenant_id    uuid not null references tenant,
  station_id   uuid not null references charging_station on delete cascade,
  evse_number  int not null,
  driver_id    uuid references driver on delete set null,
  kind         text not null check (kind in ('broken', 'cable', 'display', 'blocked', 'payment', 'other')),
  note         text,
  photo        bytea,
  photo_type   text check (photo_type in ('image/jpeg', 'image/png')),
  created_at   timestamptz not null,
  resolved_at  timestamptz,
  resolved_by  text
);
create index fault_report_open on fault_report (tenant_id, created_at desc);
