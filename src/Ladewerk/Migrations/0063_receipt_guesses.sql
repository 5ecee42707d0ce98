-- Attempts to find a receipt by the last digits of a card, at each charge point: whoever guesses is slowed down. Nothing of who asked, or what was typed.
create table receipt_guess (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  station_id  uuid not null references charging_station on delete cascade,
  evse_number int not null,
  at          timestamptz not null
);
create index receipt_guess_point on receipt_guess (station_id, evse_number, at);
