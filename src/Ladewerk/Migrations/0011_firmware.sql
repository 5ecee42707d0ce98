-- Files that stations bring, firmware that they fetch, updates and campaigns. Links hold a random token; only its SHA-256 is stored.

-- What a station said about an upload or an update, in the order it was received. Written on the stations' path, read by the tracker.
create table station_report (
  id          bigint generated always as identity primary key,
  tenant_id   uuid not null,
  station_id  uuid not null references charging_station on delete cascade,
  at          timestamptz not null,
  kind        text not null check (kind in ('upload', 'firmware')),
  request_id  int,
  status      text not null
);
create index station_report_station on station_report (station_id, kind, id);

-- Numbers by which a station's reports name the request they belong to: positive, 31 bit.
create sequence station_request_number as int cycle;

create table file_request (
  id            uuid primary key,
  tenant_id     uuid not null references tenant,
  station_id    uuid not null references charging_station on delete cascade,
  number        int not null default nextval('station_request_number'),
  kind          text not null check (kind in ('diagnostics', 'diagnosticsLog', 'securityLog')),
  state         text not null check (state in ('requested', 'uploading', 'uploaded', 'failed', 'timedOut')),
  status        text,
  reason        text,
  file_name     text,
  from_at       timestamptz,
  to_at         timestamptz,
  requested_by  text not null,
  requested_at  timestamptz not null,
  updated_at    timestamptz not null,
  ended_at      timestamptz,
  token_hash    bytea not null unique,
  link_until    timestamptz not null,
  -- Who is bringing the file just now; another must wait, and after this time may try.
  claim         uuid,
  claimed_until timestamptz,
  file_id       uuid
);
create index file_request_station on file_request (station_id, requested_at desc);
create index file_request_open on file_request (requested_at) where ended_at is null;

create table station_file (
  id             uuid primary key,
  tenant_id      uuid not null references tenant,
  station_id     uuid not null references charging_station on delete cascade,
  request_id     uuid references file_request on delete set null,
  kind           text not null,
  name           text not null,
  size_bytes     bigint not null,
  sha256         text not null,
  storage_key    text not null,
  remote_address text,
  requested_by   text not null,
  received_at    timestamptz not null
);
create index station_file_station on station_file (station_id, received_at desc);
create index station_file_age on station_file (received_at);

create table firmware (
  id                  uuid primary key,
  tenant_id           uuid not null references tenant,
  vendor              text not null,
  model_pattern       text not null default '*',
  version             text not null,
  release_notes       text,
  file_name           text,
  size_bytes          bigint,
  sha256              text,
  storage_key         text,
  url                 text,
  signature           text,
  signing_certificate text,
  created_by          text not null,
  created_at          timestamptz not null,
  retired_at          timestamptz
);
create unique index firmware_version on firmware (tenant_id, lower(vendor), lower(model_pattern), lower(version)) where retired_at is null;

-- Versions that are never offered, and shown where they run.
create table bad_firmware_version (
  id            uuid primary key,
  tenant_id     uuid not null references tenant,
  vendor        text not null,
  model_pattern text not null default '*',
  version       text not null,
  reason        text not null,
  campaign_id   uuid,
  created_by    text not null,
  created_at    timestamptz not null
);
create unique index bad_firmware_version_once on bad_firmware_version (tenant_id, lower(vendor), lower(model_pattern), lower(version));

create table firmware_campaign (
  id           uuid primary key,
  tenant_id    uuid not null references tenant,
  name         text not null,
  firmware_id  uuid not null references firmware,
  state        text not null check (state in ('draft', 'running', 'paused', 'completed', 'stopped', 'cancelled')),
  selection    jsonb not null,
  policy       jsonb not null,
  wave         int not null default 0,
  stop_reason  text,
  stop_detail  text,
  created_by   text not null,
  created_at   timestamptz not null,
  started_at   timestamptz,
  wave_at      timestamptz,
  ended_at     timestamptz,
  planner      uuid,
  leased_until timestamptz
);
create index firmware_campaign_list on firmware_campaign (tenant_id, created_at desc);

create table firmware_update (
  id               uuid primary key,
  tenant_id        uuid not null references tenant,
  station_id       uuid not null references charging_station on delete cascade,
  firmware_id      uuid not null references firmware,
  campaign_id      uuid references firmware_campaign,
  number           int not null default nextval('station_request_number'),
  signed           boolean not null default false,
  state            text not null check (state in ('requested', 'downloading', 'downloaded', 'verified', 'installing', 'proving', 'installed', 'failed', 'timedOut', 'cancelled')),
  status           text,
  reason           text,
  vendor           text,
  model            text,
  from_version     text,
  target_version   text not null,
  reported_version text,
  retrieve_at      timestamptz not null,
  within           interval not null,
  requested_by     text not null,
  requested_at     timestamptz not null,
  sent_at          timestamptz,
  asked_at         timestamptz,
  updated_at       timestamptz not null,
  ended_at         timestamptz,
  token_hash       bytea not null unique,
  link_until       timestamptz not null
);
create index firmware_update_station on firmware_update (station_id, requested_at desc);
create index firmware_update_open on firmware_update (requested_at) where ended_at is null;
create unique index firmware_update_one_at_a_time on firmware_update (station_id) where ended_at is null;
create index firmware_update_campaign on firmware_update (campaign_id) where campaign_id is not null;

-- A station's part in a campaign. Wave 0 is the canary.
create table campaign_station (
  campaign_id  uuid not null references firmware_campaign on delete cascade,
  station_id   uuid not null references charging_station on delete cascade,
  tenant_id    uuid not null references tenant,
  wave         int not null,
  position     int not null,
  state        text not null check (state in ('waiting', 'clearing', 'updating', 'soaking', 'succeeded', 'failed', 'skipped')),
  reason       text,
  from_version text,
  update_id    uuid references firmware_update on delete set null,
  -- We took it out of service and owe it the way back.
  out_of_service boolean not null default false,
  taken_at     timestamptz,
  installed_at timestamptz,
  ended_at     timestamptz,
  primary key (campaign_id, station_id)
);
create index campaign_station_station on campaign_station (station_id);
create index campaign_station_open on campaign_station (campaign_id) where ended_at is null or out_of_service;
