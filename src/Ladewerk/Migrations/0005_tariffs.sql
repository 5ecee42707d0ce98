create table tariff (
  id              uuid primary key,
  tenant_id       uuid not null references tenant,
  name            text not null,
  kind            text not null default 'regular',
  currency        text not null,
  current_version int not null default 1,
  is_default      boolean not null default false,
  created_at      timestamptz not null default now(),
  archived_at     timestamptz
);
create unique index tariff_default on tariff (tenant_id) where is_default;

-- A version never changes: a session keeps the version that held at its start.
create table tariff_version (
  tariff_id  uuid not null references tariff,
  version    int not null,
  tenant_id  uuid not null references tenant,
  document   jsonb not null,
  created_at timestamptz not null default now(),
  created_by text,
  primary key (tariff_id, version)
);

create table tariff_assignment (
  id         uuid primary key,
  tenant_id  uuid not null references tenant,
  level      text not null check (level in ('contract', 'group', 'evse', 'station', 'circuit', 'site', 'organisation', 'tenant')),
  target     text not null default '',
  tariff_id  uuid not null references tariff,
  priority   int not null default 0,
  valid_from timestamptz,
  valid_to   timestamptz,
  created_at timestamptz not null default now()
);
create index tariff_assignment_target on tariff_assignment (tenant_id, level, target);
