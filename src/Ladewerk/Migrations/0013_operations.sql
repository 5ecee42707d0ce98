-- Findings and what was done about them, watchdog policies, states of charge points over time, charging profiles that we have set.

-- A symptom that was seen. There is one row for each natural key as long as the symptom lasts (over_at is null), whatever a person has done about it.
create table finding (
  id            uuid primary key,
  tenant_id     uuid not null references tenant,
  kind          text not null,
  key           text not null,
  station_id    uuid references charging_station on delete cascade,
  connector     int,
  session_id    uuid,
  severity      text not null check (severity in ('critical', 'warning', 'info')),
  step          int not null default 0,
  facts         jsonb not null default '{}',
  evidence      jsonb not null default '[]',
  action        jsonb,
  state         text not null default 'open' check (state in ('open', 'acknowledged', 'snoozed', 'closed')),
  opened_at     timestamptz not null,
  last_seen_at  timestamptz not null,
  over_at       timestamptz,
  closed_at     timestamptz,
  snoozed_until timestamptz,
  changed_by    text,
  note          text
) with (fillfactor = 80);
create unique index finding_lasting on finding (tenant_id, key) where over_at is null;
create index finding_open on finding (tenant_id, opened_at desc) where state <> 'closed';
create index finding_past on finding (tenant_id, opened_at desc, id);
create index finding_station on finding (station_id, opened_at desc) where station_id is not null;

-- What was done about a finding, or would have been. A row is written before anything is sent, so that nothing is done twice.
create table finding_action (
  id           uuid primary key,
  tenant_id    uuid not null,
  finding_id   uuid not null references finding on delete cascade,
  station_id   uuid,
  kind         text not null,
  step         int not null,
  mode         text not null check (mode in ('manual', 'automatic', 'dryRun')),
  command      text not null,
  body         jsonb not null,
  at           timestamptz not null,
  requested_by text not null,
  started_at   timestamptz,
  answered_at  timestamptz,
  outcome      text,
  response     jsonb
);
create index finding_action_finding on finding_action (finding_id, at);
create index finding_action_lately on finding_action (tenant_id, at);
create index finding_action_due on finding_action (at) where mode = 'automatic' and started_at is null;

-- What an operator wants other than the defaults, one row for each kind.
create table watch_policy (
  tenant_id        uuid not null references tenant,
  kind             text not null,
  is_on            boolean not null,
  after_seconds    int,
  count            int,
  within_seconds   int,
  tolerance        numeric(12, 2),
  mode             text not null check (mode in ('off', 'dryRun', 'automatic')),
  cool_down_seconds int not null check (cool_down_seconds >= 0),
  most_per_day     int not null check (most_per_day > 0),
  changed_at       timestamptz not null,
  changed_by       text not null,
  primary key (tenant_id, kind)
);

-- Boots, one row each: the station itself keeps only the last.
create table station_boot (
  at         timestamptz not null,
  tenant_id  uuid not null,
  station_id uuid not null references charging_station on delete cascade,
  firmware   text
);
create index station_boot_recent on station_boot (at);

-- In which state a charge point was, from its first day; the last stretch is open.
create table evse_interval (
  tenant_id   uuid not null,
  station_id  uuid not null references charging_station on delete cascade,
  evse_number int not null,
  state       text not null check (state in ('available', 'inUse', 'faulted', 'unavailable', 'offline')),
  detail      text,
  from_at     timestamptz not null,
  to_at       timestamptz
) with (fillfactor = 90);
create unique index evse_interval_now on evse_interval (station_id, evse_number) where to_at is null;
create index evse_interval_past on evse_interval (station_id, evse_number, from_at);
create index evse_interval_period on evse_interval (tenant_id, to_at);
create index evse_interval_faults on evse_interval (tenant_id, from_at) where state = 'faulted';

-- Time that does not count against a charge point's uptime, marked by a person.
create table uptime_exclusion (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  site_id     uuid references site on delete cascade,
  station_id  uuid references charging_station on delete cascade,
  evse_number int,
  reason      text not null check (reason in ('maintenance', 'forceMajeure')),
  note        text,
  from_at     timestamptz not null,
  to_at       timestamptz not null check (to_at > from_at),
  created_at  timestamptz not null,
  created_by  text not null,
  check (site_id is not null or station_id is not null)
);
create index uptime_exclusion_time on uptime_exclusion (tenant_id, from_at);

-- Charging profiles as stations have accepted them from us.
create table station_profile (
  station_id     uuid not null references charging_station on delete cascade,
  tenant_id      uuid not null,
  profile_id     int not null,
  connector      int not null,
  stack_level    int not null,
  purpose        text not null,
  profile        jsonb not null,
  set_at         timestamptz not null,
  set_by         text not null,
  primary key (station_id, profile_id)
);

create index station_command_starts on station_command (requested_at) where command in ('remote-start', 'RemoteStartTransaction');
create index meter_sample_stray on meter_sample (received_at) where session_id is null;
create index connection_log_recent on connection_log using brin (at);
