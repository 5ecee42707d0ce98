-- Card readers at charge points.
create table payment_terminal (
  id              uuid primary key,
  tenant_id       uuid not null references tenant,
  site_id         uuid not null references site,
  -- Whose reader it is, such as stripe, and its id and place there.
  provider        text not null,
  reader_id       text not null,
  location_id     text,
  label           text not null,
  model           text,
  serial_number   text,
  -- Asks for a card by itself when a car is plugged in.
  asks_itself     boolean not null default true,
  online          boolean not null default false,
  seen_at         timestamptz,
  last_error      text,
  created_at      timestamptz not null,
  removed_at      timestamptz,
  -- When the provider had forgotten it too.
  unregistered_at timestamptz,
  -- When it is looked at next, and until when somebody is at it.
  due_at          timestamptz,
  lease_until     timestamptz
);
create unique index payment_terminal_reader on payment_terminal (provider, reader_id) where removed_at is null;
create index payment_terminal_list on payment_terminal (tenant_id, id desc) where removed_at is null;
create index payment_terminal_due on payment_terminal (due_at) where due_at is not null;

-- The charge points that a reader is for; each has one reader.
create table terminal_point (
  station_id  uuid not null references charging_station on delete cascade,
  evse_number int not null,
  tenant_id   uuid not null references tenant,
  terminal_id uuid not null references payment_terminal on delete cascade,
  -- The car that is plugged in was asked for a card: once for each car.
  asked       boolean not null default false,
  primary key (station_id, evse_number)
);
create index terminal_point_terminal on terminal_point (terminal_id);

-- A payment that waits for its turn at a reader, or for a card there.
create table terminal_offer (
  payment_id  uuid primary key references payment deferrable initially deferred,
  tenant_id   uuid not null references tenant,
  terminal_id uuid not null references payment_terminal,
  station_id  uuid not null references charging_station,
  evse_number int not null,
  -- plug: a car was plugged in; page: the page of the charge point; api: a kiosk.
  origin      text not null check (origin in ('plug', 'page', 'api')),
  state       text not null check (state in ('queued', 'offered', 'over')),
  -- How often the reader was asked, and cards that were declined.
  round       int not null default 0,
  declines    int not null default 0,
  judged      int not null default 0,
  -- Why no card came; null where one did.
  ending      text check (ending in ('left', 'taken', 'declined', 'cancelled', 'timedOut', 'offline', 'removed')),
  until       timestamptz not null,
  created_at  timestamptz not null,
  queued_at   timestamptz not null,
  offered_at  timestamptz,
  ended_at    timestamptz
);
-- A reader asks for one card at a time, and for each charge point one is asked for.
create unique index terminal_offer_reader on terminal_offer (terminal_id) where state = 'offered';
create unique index terminal_offer_point on terminal_offer (station_id, evse_number) where state <> 'over';
create index terminal_offer_queue on terminal_offer (terminal_id, queued_at) where state = 'queued';
create index terminal_offer_list on terminal_offer (terminal_id, created_at desc);
create index terminal_offer_page on terminal_offer (station_id, evse_number, created_at) where origin = 'page';

alter table payment add column terminal_id uuid references payment_terminal, add column card_last4 text check (card_last4 ~ '^[0-9]{4}$');
create index payment_point on payment (station_id, evse_number) where state in ('opened', 'held', 'starting');
create index payment_card on payment (station_id, evse_number, finished_at) where card_last4 is not null;
create index phone_start_point on phone_start (station_id, requested_at);
