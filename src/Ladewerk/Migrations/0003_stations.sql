create table site (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  name        text not null,
  street      text,
  postal_code text,
  city        text,
  country     text not null default 'DE',
  latitude    double precision,
  longitude   double precision,
  time_zone   text not null default 'Europe/Berlin',
  access      text not null default 'public' check (access in ('public', 'semiPublic', 'private')),
  opening_hours text,
  grid_connection_kw numeric(10, 1),
  created_at  timestamptz not null default now()
);
create unique index site_name on site (tenant_id, lower(name));

create table charging_station (
  id               uuid primary key,
  tenant_id        uuid not null references tenant,
  identity         text not null,
  identity_key     text not null,
  site_id          uuid references site,
  name             text,
  vendor           text,
  model            text,
  serial_number    text,
  firmware_version text,
  meter_type       text,
  meter_serial_number text,
  iccid            text,
  imsi             text,
  ocpp_version     text,
  registration_status text not null default 'accepted' check (registration_status in ('accepted', 'pending', 'rejected')),
  security_profile int not null default 1,
  password_hash    text,
  heartbeat_interval_seconds int not null default 300,
  clock_offset_ms  bigint,
  last_boot_at     timestamptz,
  last_seen_at     timestamptz,
  limit_a          numeric(8, 1),
  configuration    jsonb,
  configuration_at timestamptz,
  leniencies       jsonb not null default '{}',
  quirks           jsonb not null default '{}',
  firmware_status  text,
  diagnostics_status text,
  created_at       timestamptz not null default now(),
  removed_at       timestamptz
) with (fillfactor = 80);
create unique index charging_station_identity on charging_station (tenant_id, identity_key) where removed_at is null;
create index charging_station_site on charging_station (tenant_id, site_id);

create table evse (
  id           uuid primary key,
  tenant_id    uuid not null references tenant,
  station_id   uuid not null references charging_station on delete cascade,
  number       int not null check (number > 0),
  evse_id      text,
  max_power_w  bigint,
  current_type text check (current_type in ('AC1', 'AC3', 'DC')),
  unique (station_id, number)
);
create unique index evse_evse_id on evse (tenant_id, lower(evse_id)) where evse_id is not null;

-- wire_number is the connector number as OCPP 1.6 counts it: 1..n over the whole station.
create table connector (
  id                uuid primary key,
  tenant_id         uuid not null references tenant,
  station_id        uuid not null references charging_station on delete cascade,
  evse_number       int not null,
  number            int not null check (number > 0),
  wire_number       int not null check (wire_number > 0),
  type              text,
  format            text,
  status            text not null default 'Unavailable',
  error_code        text not null default 'NoError',
  info              text,
  vendor_error_code text,
  status_at         timestamptz,
  unique (station_id, wire_number),
  unique (station_id, evse_number, number)
) with (fillfactor = 70);

-- Where a station's socket is now. Rows of a node are cleared when that node starts.
create table station_connection (
  station_id   uuid primary key references charging_station on delete cascade,
  tenant_id    uuid not null,
  node         text not null,
  epoch        bigint not null,
  protocol     text not null,
  remote_address text,
  connected_at timestamptz not null
);

create table connection_log (
  at           timestamptz not null,
  tenant_id    uuid not null,
  station_id   uuid not null references charging_station on delete cascade,
  event        text not null check (event in ('connected', 'disconnected', 'superseded')),
  detail       text
);
create index connection_log_station on connection_log (station_id, at desc);

create table refused_connection (
  tenant_id      uuid not null references tenant,
  identity_key   text not null,
  identity       text not null,
  reason         text not null,
  remote_address text not null,
  first_at       timestamptz not null,
  last_at        timestamptz not null,
  attempts       bigint not null default 1,
  primary key (tenant_id, identity_key, reason, remote_address)
);
create index refused_connection_recent on refused_connection (tenant_id, last_at desc);

-- One row per CALL with its answer, as bytes, exactly as they came. Partitioned by the day we received it.
create table station_message (
  received_at  timestamptz not null,
  tenant_id    uuid not null,
  station_id   uuid not null,
  direction    "char" not null,
  message_id   text,
  action       text,
  payload      bytea not null,
  verdict      text not null,
  answer       bytea,
  answered_at  timestamptz
) partition by range (received_at);
create index station_message_station on station_message (station_id, received_at desc);
create table station_message_rest partition of station_message default;

create table station_command (
  id           uuid primary key,
  tenant_id    uuid not null,
  station_id   uuid not null references charging_station on delete cascade,
  command      text not null,
  request      jsonb,
  requested_by text,
  requested_at timestamptz not null,
  outcome      text,
  response     jsonb,
  answered_at  timestamptz
);
create index station_command_station on station_command (station_id, requested_at desc);
