-- Tenants, the transactional outbox, and the marks by which the group commit knows what it has written.

create table tenant (
  id          uuid primary key,
  slug        text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name        text not null,
  country     text not null default 'DE',
  currency    text not null default 'EUR',
  time_zone   text not null default 'Europe/Berlin',
  language    text not null default 'de',
  profile     jsonb not null default '{}',
  created_at  timestamptz not null default now()
);

create table outbox (
  id           bigint generated always as identity primary key,
  tenant_id    uuid not null,
  type         text not null,
  payload      jsonb not null,
  created_at   timestamptz not null default now(),
  available_at timestamptz not null default now(),
  attempts     int not null default 0,
  done         text[] not null default '{}',
  last_error   text,
  parked_at    timestamptz
);
create index outbox_due on outbox (available_at, id) where parked_at is null;
create index outbox_parked on outbox (tenant_id, parked_at) where parked_at is not null;

-- One row per committed batch: a batch whose connection broke during COMMIT finds here whether it was written.
create table commit_mark (
  writer     uuid not null,
  batch      bigint not null,
  primary key (writer, batch)
);
