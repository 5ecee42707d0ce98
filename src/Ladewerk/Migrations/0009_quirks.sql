-- An operator's own quirk profiles, and its copies of shipped ones (same key): a copy stands in place of what is shipped.
create table quirk_profile (
  tenant_id  uuid not null references tenant,
  key        text not null,
  definition jsonb not null,
  enabled    boolean not null default true,
  changed_at timestamptz not null default now(),
  changed_by text,
  primary key (tenant_id, key)
);

-- The profile that was chosen for a station by hand or by its template; null follows vendor, model and firmware; 'none' takes none.
alter table charging_station add column quirk_profile text;
create index charging_station_quirk_profile on charging_station (tenant_id, quirk_profile) where quirk_profile is not null;

-- By what the station's readings were multiplied when the session began: a session must not mix two scales.
alter table charging_session add column energy_factor numeric not null default 1;
