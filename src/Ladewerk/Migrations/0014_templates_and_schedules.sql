-- A tenant's own station templates; those that come with the product are files, and an own one of the same key stands in their place.
create table station_template (
  tenant_id  uuid not null references tenant,
  key        text not null,
  content    jsonb not null,
  changed_at timestamptz not null,
  changed_by text not null,
  primary key (tenant_id, key)
);

-- How a station's configuration compares with its template, and what is still to be done about it.
create table station_template_state (
  station_id   uuid primary key references charging_station on delete cascade,
  tenant_id    uuid not null,
  assigned     text,
  booted_at    timestamptz,
  boots        timestamptz[] not null default '{}',
  due_at       timestamptz,
  lease_until  timestamptz,
  checked_at   timestamptz,
  template_key text,
  verdict      text not null default 'unknown' check (verdict in ('unknown', 'matches', 'differs')),
  differences  int not null default 0,
  applied_at   timestamptz,
  tries        int not null default 0,
  stopped      text,
  stopped_at   timestamptz
);
create index station_template_state_due on station_template_state (due_at) where due_at is not null;
create index charging_station_booted on charging_station (last_boot_at);

-- What happens to stations at times of the day or once: out of service, restart. Each run is a job.
create table station_schedule (
  id           uuid primary key,
  tenant_id    uuid not null references tenant,
  name         text not null,
  site_id      uuid references site on delete cascade,
  selection    jsonb not null,
  rule         jsonb not null,
  enabled      boolean not null,
  next_at      timestamptz,
  next_edge    text check (next_edge in ('close', 'open', 'restart')),
  last_at      timestamptz,
  last_edge    text check (last_edge in ('close', 'open', 'restart')),
  last_job_id  uuid,
  missed_at    timestamptz,
  created_by   text not null,
  created_at   timestamptz not null
);
create index station_schedule_due on station_schedule (next_at) where enabled and next_at is not null;
create index station_schedule_tenant on station_schedule (tenant_id, name);
