-- Signed meter values as they came. They are evidence: nothing here is ever changed or deleted.
create table signed_value (
  id             uuid primary key,
  tenant_id      uuid not null,
  station_id     uuid not null,
  session_id     uuid,
  connector      int not null,
  transaction_id bigint not null default 0,
  received_at    timestamptz not null,
  station_at     timestamptz,
  message        text not null,
  part           int not null,
  context        text,
  format         text,
  raw            text not null,
  sha256         bytea not null,
  -- The same value sent again is the same fact.
  unique (station_id, connector, transaction_id, sha256)
);
create index signed_value_session on signed_value (session_id) where session_id is not null;
create index signed_value_station on signed_value (station_id, received_at);
create index signed_value_content on signed_value (sha256);
create trigger signed_value_final before update or delete on signed_value for each row execute function refuse_change_of_issued();
create trigger signed_value_kept before truncate on signed_value execute function refuse_change_of_issued();

-- What an EVSE measures with. rule: requireProof, warn, notApplicable; null: warn as soon as it signs, else not applicable.
create table meter (
  station_id       uuid not null references charging_station,
  evse_number      int not null,
  tenant_id        uuid not null references tenant,
  rule             text check (rule in ('requireProof', 'warn', 'notApplicable')),
  serial           text,
  vendor           text,
  model            text,
  type_examination text,
  calibrated_until date,
  updated_at       timestamptz not null,
  updated_by       text,
  primary key (station_id, evse_number)
);
create index meter_calibration on meter (calibrated_until) where calibrated_until is not null;

-- Public keys of an EVSE's meter. proposed: seen, nobody has approved it; alarm: came although another one is approved.
create table meter_key (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  station_id  uuid not null references charging_station,
  evse_number int not null,
  fingerprint text not null,
  curve       text not null,
  public_key  text not null,
  source      text not null check (source in ('value', 'configuration', 'station', 'import')),
  state       text not null check (state in ('proposed', 'alarm', 'approved', 'refused')),
  seen_at     timestamptz not null,
  valid_from  timestamptz,
  valid_until timestamptz,
  decided_at  timestamptz,
  decided_by  text,
  unique (station_id, evse_number, fingerprint)
);
create index meter_key_alarm on meter_key (tenant_id, seen_at) where state = 'alarm';

-- What the signed values of a session prove, and the link of its receipt (its secret only as a hash, and sealed for those who may see it).
create table session_proof (
  session_id   uuid primary key,
  tenant_id    uuid not null,
  station_id   uuid not null,
  verdict      text not null check (verdict in ('verified', 'notVerified', 'unknownKey', 'unsupported', 'none')),
  is_billable  boolean not null,
  rule         text not null,
  reasons      text[] not null default '{}',
  remarks      text[] not null default '{}',
  signed_values int not null default 0,
  start_kwh    numeric,
  stop_kwh     numeric,
  energy_kwh   numeric,
  fingerprint  text,
  verifier     text not null,
  judged_at    timestamptz not null,
  token_hash   bytea not null unique,
  token_sealed text not null
);
create index session_proof_open on session_proof (tenant_id, judged_at) where verdict in ('notVerified', 'unknownKey');

-- Stop minus start as the meter signed it, to the last digit: what is billed where it is proven.
alter table charging_session add proven_kwh numeric;
