-- Credentials that a station may hold already: what was sent and not yet proven. The one in charging_station.password_hash is the last proven one.
alter table charging_station
  add column pending_passwords jsonb not null default '[]',
  add column password_changed_at timestamptz,
  add column pending_security_profile int check (pending_security_profile between 1 and 3),
  add column firmware_request_id int,
  add column firmware_status_at timestamptz,
  add column diagnostics_request_id int,
  add column diagnostics_status_at timestamptz;

-- What an operator asks of its stations. No row: nothing beyond what each station is set to.
create table security_settings (
  tenant_id          uuid primary key references tenant,
  lowest_profile     int not null default 0 check (lowest_profile between 0 and 3),
  certificate_days   int not null default 365 check (certificate_days between 1 and 3650),
  renew_before_days  int not null default 30 check (renew_before_days between 0 and 365),
  renew_by_itself    boolean not null default true
);

-- Who signs for an operator's stations. One is active; former ones stay trusted for what they signed until they are distrusted.
create table certificate_authority (
  id            uuid primary key,
  tenant_id     uuid not null references tenant,
  kind          text not null check (kind in ('embedded', 'external')),
  name          text not null,
  certificate   text,
  protected_key text,
  url           text,
  protected_token text,
  not_after     timestamptz,
  created_at    timestamptz not null,
  retired_at    timestamptz,
  distrusted_at timestamptz
);
create unique index certificate_authority_active on certificate_authority (tenant_id) where retired_at is null;

-- The root store: whom the operator trusts to vouch for stations, and what it installs in stations.
create table trusted_certificate (
  id            uuid primary key,
  tenant_id     uuid not null references tenant,
  use           text not null check (use in ('stations', 'centralSystem', 'manufacturer')),
  thumbprint    text not null,
  subject       text not null,
  issuer        text not null,
  serial_number text not null,
  not_before    timestamptz not null,
  not_after     timestamptz not null,
  certificate   text not null,
  added_at      timestamptz not null,
  unique (tenant_id, use, thumbprint)
);

-- One row for each certificate that a station asked for (by its request) or showed (signed by somebody else).
create table station_certificate (
  id            uuid primary key,
  tenant_id     uuid not null references tenant,
  station_id    uuid not null references charging_station on delete cascade,
  authority_id  uuid references certificate_authority,
  status        text not null check (status in ('requested', 'refused', 'issued', 'accepted', 'rejected', 'revoked')),
  request       text,
  request_hash  text,
  reason        text,
  subject       text,
  issuer        text,
  serial_number text,
  thumbprint    text,
  not_before    timestamptz,
  not_after     timestamptz,
  certificate   text,
  requested_at  timestamptz not null,
  issued_at     timestamptz,
  sent_at       timestamptz,
  answered_at   timestamptz,
  revoked_at    timestamptz,
  first_used_at timestamptz,
  last_used_at  timestamptz,
  attempts      int not null default 0,
  next_try_at   timestamptz,
  renewal_asked_at timestamptz
);
create index station_certificate_station on station_certificate (station_id, requested_at desc);
create index station_certificate_list on station_certificate (tenant_id, requested_at desc);
create index station_certificate_due on station_certificate (next_try_at) where next_try_at is not null;
create index station_certificate_ends on station_certificate (not_after) where status = 'accepted';
create unique index station_certificate_thumbprint on station_certificate (station_id, thumbprint) where thumbprint is not null;
create unique index station_certificate_request on station_certificate (station_id, request_hash) where status in ('requested', 'issued');

-- Root certificates that a station has, as it last said.
create table installed_certificate (
  station_id       uuid not null references charging_station on delete cascade,
  tenant_id        uuid not null references tenant,
  use              text not null check (use in ('centralSystem', 'manufacturer')),
  hash_algorithm   text not null,
  issuer_name_hash text not null,
  issuer_key_hash  text not null,
  serial_number    text not null,
  seen_at          timestamptz not null,
  primary key (station_id, use, issuer_key_hash, serial_number, hash_algorithm)
);

-- A security event of a station. Told again (a station queues them while offline) it stays one row.
create table security_event (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  station_id  uuid not null references charging_station on delete cascade,
  type        text not null,
  severity    text not null check (severity in ('info', 'warning', 'alarm')),
  critical    boolean not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  tech_info   text,
  acknowledged_at timestamptz,
  acknowledged_by text
);
create unique index security_event_once on security_event (station_id, type, occurred_at, md5(coalesce(tech_info, '')));
create index security_event_recent on security_event (tenant_id, received_at desc, id desc);
create index security_event_station on security_event (station_id, received_at desc);
create index security_event_open on security_event (tenant_id, severity) where acknowledged_at is null;
