-- An EVSE held for a token until a time. number is the reservation's id towards the station.
create table reservation (
  id               uuid primary key,
  tenant_id        uuid not null references tenant,
  station_id       uuid not null references charging_station on delete cascade,
  number           int not null check (number > 0),
  evse_number      int,
  connector_number int not null default 0,
  sent_connector   int,
  id_token         text not null,
  id_token_key     text not null,
  id_token_id      uuid references id_token on delete set null,
  group_id         text,
  driver_id        uuid references driver on delete set null,
  starts_at        timestamptz not null,
  expires_at       timestamptz not null,
  state            text not null check (state in ('planned', 'sent', 'active', 'fulfilled', 'expired', 'cancelled', 'rejected', 'noShow')),
  answer           text,
  reason           text,
  cancel_answer    text,
  session_id       uuid references charging_session deferrable initially deferred,
  note             text,
  requested_by     text not null,
  created_at       timestamptz not null,
  sent_at          timestamptz,
  confirmed_at     timestamptz,
  ended_at         timestamptz,
  attempts         int not null default 0,
  tells_station    boolean not null default true,
  due_at           timestamptz,
  leased_until     timestamptz,
  unique (station_id, number),
  check (starts_at < expires_at)
);
create index reservation_open on reservation (station_id, starts_at) where state in ('planned', 'sent', 'active');
create index reservation_due on reservation (due_at) where due_at is not null;
create index reservation_list on reservation (tenant_id, starts_at desc, id);
create index reservation_driver on reservation (driver_id, starts_at desc) where driver_id is not null;
create index reservation_session on reservation (session_id) where session_id is not null;

alter table charging_session add column reservation_id uuid;

-- Whether stations get a local authorisation list: the station's own word, else its site's, else the operator's (no row: off).
create table local_list_setting (
  tenant_id     uuid not null references tenant,
  site_id       uuid references site on delete cascade,
  station_id    uuid references charging_station on delete cascade,
  enabled       boolean not null,
  sends_blocked boolean not null default false,
  changed_at    timestamptz not null,
  changed_by    text not null,
  check (site_id is null or station_id is null)
);
create unique index local_list_setting_scope on local_list_setting
  (tenant_id, coalesce(station_id, site_id, '00000000-0000-0000-0000-000000000000'::uuid));

-- What a station knows by itself, and how far it is in step. station_version is null where it is not known what the station holds.
create table local_list (
  station_id      uuid primary key references charging_station on delete cascade,
  tenant_id       uuid not null references tenant,
  enabled         boolean not null,
  sends_blocked   boolean not null default false,
  state           text not null default 'pending' check (state in ('off', 'pending', 'inStep', 'failed', 'notSupported')),
  reason          text,
  last_version    int not null default 0,
  station_version int,
  wanted          int not null default 0,
  left_out        int not null default 0,
  capacity        int,
  chunk           int,
  failures        int not null default 0,
  last_answer     text,
  last_answer_at  timestamptz,
  in_step_at      timestamptz,
  checked_at      timestamptz,
  due_at          timestamptz,
  leased_until    timestamptz
);
create index local_list_due on local_list (due_at) where due_at is not null;
create index local_list_tenant on local_list (tenant_id, state);

create table local_list_entry (
  station_id uuid not null references local_list on delete cascade,
  id_token   text not null,
  status     text not null,
  expires_at timestamptz,
  group_id   text,
  primary key (station_id, id_token)
);

-- The last exchanges with each station.
create table local_list_log (
  id         bigint generated always as identity primary key,
  tenant_id  uuid not null references tenant,
  station_id uuid not null references charging_station on delete cascade,
  at         timestamptz not null,
  kind       text not null check (kind in ('version', 'full', 'differential')),
  version    int,
  entries    int,
  answer     text not null
);
create index local_list_log_station on local_list_log (station_id, at desc);
