-- Transaction ids are positive, 31 bit and unique on the installation (OCPP 1.6 §4.8); nodes take them in blocks.
create sequence transaction_id_seq as bigint increment by 64 minvalue 1 maxvalue 2147483000 start 1;

create table charging_session (
  id                uuid primary key,
  tenant_id         uuid not null references tenant,
  station_id        uuid not null references charging_station,
  site_id           uuid references site,
  evse_number       int not null,
  connector_number  int not null,
  transaction_id    bigint not null,
  start_key         bigint not null,
  id_token          text not null,
  id_token_key      text not null,
  id_token_id       uuid references id_token,
  driver_id         uuid references driver,
  billing_account_id uuid references billing_account,
  authorisation     text not null,
  started_at        timestamptz not null,
  station_started_at timestamptz,
  ended_at          timestamptz,
  state             text not null default 'active' check (state in ('active', 'ended')),
  phase             text not null default 'starting',
  meter_start_wh    bigint not null,
  meter_stop_wh     bigint,
  energy_wh         bigint not null default 0,
  power_w           bigint,
  soc               numeric(5, 1),
  last_sample_at    timestamptz,
  stop_reason       text,
  stop_token        text,
  tariff_id         uuid references tariff,
  tariff_version    int,
  time_zone         text not null,
  cost              jsonb,
  needs_review      boolean not null default false,
  review_reasons    text[] not null default '{}',
  review_note       text,
  reviewed_at       timestamptz,
  reviewed_by       text,
  created_at        timestamptz not null,
  unique (station_id, start_key)
) with (fillfactor = 70);
create unique index charging_session_transaction on charging_session (transaction_id);
create index charging_session_station on charging_session (station_id, created_at desc);
create index charging_session_list on charging_session (tenant_id, started_at desc, id);
create index charging_session_active on charging_session (tenant_id, id_token_key) where state = 'active';
create index charging_session_open on charging_session (station_id) where state = 'active';
create index charging_session_review on charging_session (tenant_id, started_at desc) where needs_review;

-- One reading. Partitioned by the month we received it; `at` is the station's time corrected by its measured clock offset.
create table meter_sample (
  received_at  timestamptz not null,
  tenant_id    uuid not null,
  station_id   uuid not null,
  connector    int not null,
  session_id   uuid,
  at           timestamptz not null,
  station_at   timestamptz,
  context      text,
  phase        text,
  energy_wh    bigint,
  power_w      bigint,
  l1_a         real,
  l2_a         real,
  l3_a         real,
  l1_v         real,
  l2_v         real,
  l3_v         real,
  soc          real,
  offered_a    real,
  more         jsonb,
  key          bigint not null
) partition by range (received_at);
create index meter_sample_session on meter_sample (session_id, at) where session_id is not null;
create table meter_sample_rest partition of meter_sample default;

-- What came and could not be put anywhere: a person looks at it.
create table review_item (
  id          uuid primary key,
  tenant_id   uuid not null,
  station_id  uuid not null,
  session_id  uuid,
  kind        text not null,
  at          timestamptz not null,
  detail      jsonb not null,
  resolved_at timestamptz,
  resolved_by text,
  note        text
);
create index review_item_open on review_item (tenant_id, at desc) where resolved_at is null;
