-- A bulk operation over many stations, one row for each station with what came of it.
create table job (
  id               uuid primary key,
  tenant_id        uuid not null references tenant,
  name             text not null,
  kind             text not null,
  work             jsonb not null,
  secret           text,
  selection        jsonb not null,
  options          jsonb not null,
  state            text not null check (state in ('waiting', 'running', 'paused', 'finished', 'cancelled')),
  reason           text,
  requested_by     text not null,
  total            int not null,
  waves            int not null,
  wave             int not null default 0,
  wave_from        timestamptz,
  failures_allowed int,
  repeatable       boolean not null,
  schedule_id      uuid,
  created_at       timestamptz not null,
  started_at       timestamptz,
  finished_at      timestamptz
);
create index job_newest on job (tenant_id, created_at desc, id desc);
create index job_active on job (created_at) where state in ('waiting', 'running');

-- A row is claimed by an owner until its lease ends; who dies holds it no longer.
create table job_station (
  job_id       uuid not null references job on delete cascade,
  position     int not null,
  tenant_id    uuid not null,
  station_id   uuid not null references charging_station on delete cascade,
  wave         int not null,
  state        text not null check (state in ('waiting', 'offline', 'running', 'answered', 'failed', 'skipped')),
  word         text,
  good         boolean not null default false,
  detail       jsonb,
  attempts     int not null default 0,
  available_at timestamptz not null,
  owner        uuid,
  lease_until  timestamptz,
  sent_at      timestamptz,
  finished_at  timestamptz,
  primary key (job_id, position),
  unique (job_id, station_id)
) with (fillfactor = 70);
create index job_station_running on job_station (lease_until) where state = 'running';
create index job_station_station on job_station (station_id);
