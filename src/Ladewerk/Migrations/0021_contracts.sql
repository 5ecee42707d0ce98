-- What drivers and companies agreed: who may charge where, when and how much, and at which price.
create table contract (
  id                    uuid primary key,
  tenant_id             uuid not null references tenant,
  number                text not null,
  name                  text not null,
  kind                  text not null check (kind in ('private', 'company', 'fleetPool', 'homeCharging', 'guest')),
  status                text not null default 'active' check (status in ('active', 'suspended', 'ended')),
  emaid                 text,
  billing_account_id    uuid references billing_account,
  tariff_group          text,
  cost_centre           text,
  valid_from            timestamptz,
  valid_until           timestamptz,
  -- Empty: every public site.
  sites                 uuid[] not null default '{}',
  -- Windows, budget, concurrent sessions and what happens when they end.
  terms                 jsonb not null,
  -- What follows from the terms, for queries: a budget is kept; a station that decides alone could open what they close.
  has_budget            boolean not null default false,
  is_limited            boolean not null default false,
  reimbursement_per_kwh numeric check (reimbursement_per_kwh >= 0),
  note                  text,
  -- Counts changes: whoever keeps read terms knows by it that they are new.
  revision              int not null default 1,
  -- The month (its first day) for which the warning about the budget has gone out.
  warned_for            date,
  created_at            timestamptz not null,
  unique (tenant_id, number),
  check (valid_from < valid_until)
);
create unique index contract_emaid on contract (tenant_id, upper(emaid)) where emaid is not null;
create index contract_list on contract (tenant_id, name, id);

create table contract_driver (
  contract_id uuid not null references contract on delete cascade,
  driver_id   uuid not null references driver on delete cascade,
  tenant_id   uuid not null references tenant,
  primary key (contract_id, driver_id)
);
create index contract_driver_driver on contract_driver (driver_id);
create index id_token_contract on id_token (contract_id) where contract_id is not null;

-- Frozen into the session at its start; who drove a pool card's session is noted afterwards.
alter table charging_session
  add contract_id           uuid references contract,
  add tariff_group          text,
  add cost_centre           text,
  add reimbursement_per_kwh numeric,
  -- What it costs so far (gross where known), kept where a budget depends on it; the final amount once priced.
  add cost_total            numeric,
  -- From when another tariff holds, because a window of the contract ends.
  add next_tariff_at        timestamptz,
  add next_tariff_id        uuid references tariff,
  add next_tariff_version   int,
  -- When limits are looked at next, and which one ended the session.
  add watch_at              timestamptz,
  add limit_reached         text,
  add noted_driver_id       uuid references driver on delete set null,
  add noted_by              text,
  add noted_at              timestamptz;
create index charging_session_contract on charging_session (contract_id, started_at) include (energy_wh, cost_total, state) where contract_id is not null;
create index charging_session_watch on charging_session (watch_at) where state = 'active' and watch_at is not null;

alter table charge_detail_record add contract_id uuid, add cost_centre text;
alter table invoice_line add cost_centre text;

-- Each no at a station, in detail. Partitioned by the month; who wants it longer exports it.
create table authorisation_refusal (
  received_at timestamptz not null,
  id          uuid not null,
  tenant_id   uuid not null,
  station_id  uuid not null,
  uid         text not null,
  id_token_id uuid,
  driver_id   uuid,
  contract_id uuid,
  reason      text not null,
  for_start   boolean not null,
  until_at    timestamptz,
  detail      text
) partition by range (received_at);
create index authorisation_refusal_list on authorisation_refusal (tenant_id, received_at desc);
create index authorisation_refusal_station on authorisation_refusal (station_id, received_at desc);
create index authorisation_refusal_token on authorisation_refusal (id_token_id, received_at desc) where id_token_id is not null;
create index authorisation_refusal_driver on authorisation_refusal (driver_id, received_at desc) where driver_id is not null;
create table authorisation_refusal_rest partition of authorisation_refusal default;

-- Codes that let somebody charge without a badge: vouchers of a batch, and codes of guests until they leave.
create table code_batch (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  name        text not null,
  grants      text not null check (grants in ('energy', 'money', 'sessions')),
  amount      numeric not null check (amount > 0),
  currency    text,
  valid_from  timestamptz,
  valid_until timestamptz,
  sites       uuid[] not null default '{}',
  max_uses    int not null check (max_uses > 0),
  codes       int not null check (codes > 0),
  created_at  timestamptz not null,
  created_by  text
);
create index code_batch_list on code_batch (tenant_id, created_at desc, id desc);

-- code_hash finds a code; code_sealed is the code itself under the installation's keys, for printing it again.
create table charge_code (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  batch_id    uuid references code_batch,
  kind        text not null check (kind in ('voucher', 'guest')),
  label       text,
  code_hash   bytea not null,
  code_sealed text not null,
  grants      text not null check (grants in ('energy', 'money', 'sessions', 'stay')),
  amount      numeric not null default 0,
  -- What is left of the amount: Wh, money or sessions.
  remaining   numeric not null default 0 check (remaining >= 0),
  currency    text,
  valid_from  timestamptz,
  valid_until timestamptz,
  sites       uuid[] not null default '{}',
  max_uses    int not null default 1,
  contract_id uuid references contract,
  revoked_at  timestamptz,
  created_at  timestamptz not null,
  created_by  text,
  unique (tenant_id, code_hash),
  check ((kind = 'voucher') = (batch_id is not null))
);
create index charge_code_batch on charge_code (batch_id, id) where batch_id is not null;
create index charge_code_guest on charge_code (tenant_id, created_at desc, id desc) where kind = 'guest';

-- A code that was redeemed at an EVSE: the token that it became, and what it paid.
create table code_use (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  code_id     uuid not null references charge_code,
  id_token_id uuid not null references id_token,
  evse        text not null,
  redeemed_at timestamptz not null,
  session_id  uuid,
  -- How much of the amount it took, and what that was worth.
  taken       numeric not null default 0,
  relief      numeric not null default 0
);
create index code_use_code on code_use (code_id, redeemed_at desc);
create index code_use_token on code_use (id_token_id);
create index code_use_session on code_use (session_id) where session_id is not null;
