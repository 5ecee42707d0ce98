-- The operator's own number of a driver (customer, employee, flat): by it an import knows a driver again.
alter table driver add column number text;
create unique index driver_number on driver (tenant_id, number) where number is not null;
alter table driver add column erased_at timestamptz;
alter table id_token add column erased_at timestamptz;
create index driver_email on driver (tenant_id, lower(email)) where email is not null;

-- Who charged what is asked by driver and by badge: the driver's history, an import that is taken back, an erasure.
create index if not exists charging_session_driver on charging_session (driver_id, started_at desc) where driver_id is not null;
create index if not exists charging_session_token on charging_session (id_token_id) where id_token_id is not null;
create index if not exists charge_detail_record_driver on charge_detail_record (driver_id) where driver_id is not null;

-- An import of drivers and badges: checked first, then done row by row in portions, and taken back the same way.
create table people_import (
  id              uuid primary key,
  tenant_id       uuid not null references tenant,
  file_name       text not null,
  state           text not null check (state in ('checking', 'ready', 'running', 'finished', 'cancelled', 'undoing', 'undone', 'failed')),
  start_by_itself boolean not null default false,
  total           int not null,
  seen            int not null default 0,
  requested_by    text not null,
  requested_kind  text not null,
  created_at      timestamptz not null,
  checked_at      timestamptz,
  started_at      timestamptz,
  finished_at     timestamptz,
  undone_at       timestamptz,
  attempts        int not null default 0,
  retry_at        timestamptz,
  error           text
);
create index people_import_list on people_import (tenant_id, created_at desc);
create index people_import_open on people_import (created_at) where state in ('checking', 'running', 'undoing');

-- No foreign keys to driver and id_token: what an import made may be deleted by hand.
create table people_import_row (
  import_id     uuid not null references people_import on delete cascade,
  position      int not null,
  tenant_id     uuid not null,
  line          int not null,
  data          jsonb not null,
  state         text not null default 'waiting' check (state in ('waiting', 'bad', 'done', 'undone', 'kept')),
  faults        jsonb not null default '[]',
  driver_id     uuid,
  driver_did    text check (driver_did in ('created', 'changed', 'same')),
  driver_before jsonb,
  driver_after  jsonb,
  badge_id      uuid,
  badge_did     text check (badge_did in ('created', 'changed', 'same')),
  badge_before  jsonb,
  badge_after   jsonb,
  primary key (import_id, position)
);
create index people_import_row_state on people_import_row (import_id, state, position);
create index people_import_row_driver on people_import_row (driver_id) where driver_id is not null;
