-- Vehicles of drivers and of fleets. What a vehicle shows at a station (its MAC, its eMA-ID) is an id token of its own.
create table vehicle (
  id             uuid primary key,
  tenant_id      uuid not null references tenant,
  name           text not null,
  driver_id      uuid references driver on delete set null,
  contract_id    uuid references contract,
  plate          text,
  vin            text,
  model          text,
  battery_wh     bigint check (battery_wh > 0),
  max_ac_w       bigint check (max_ac_w > 0),
  max_dc_w       bigint check (max_dc_w > 0),
  phases         int check (phases between 1 and 3),
  min_current_a  numeric(4, 1),
  mac            text,
  autocharge     boolean not null default false,
  mac_token_id   uuid references id_token on delete set null,
  emaid          text,
  emaid_token_id uuid references id_token on delete set null,
  -- When it usually leaves, local to where it charges, and how full it shall be then.
  departure      time,
  target_percent int check (target_percent between 1 and 100),
  note           text,
  created_at     timestamptz not null
);
create index vehicle_list on vehicle (tenant_id, name, id);
create index vehicle_driver on vehicle (driver_id) where driver_id is not null;
create unique index vehicle_mac on vehicle (tenant_id, mac) where mac is not null;
create unique index vehicle_vin on vehicle (tenant_id, vin) where vin is not null;

alter table charging_session add noted_vehicle_id uuid references vehicle on delete set null;
