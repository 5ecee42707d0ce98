-- What an operator agreed with the payment provider, and what guests are held for.
create table payment_settings (
  tenant_id        uuid primary key references tenant,
  enabled          boolean not null default false,
  -- The operator's own keys, closed under the installation's; null: the installation's.
  secret_key       text,
  webhook_secrets  text,
  hold_amount      numeric not null default 50 check (hold_amount > 0),
  start_within     interval not null default '5 minutes' check (start_within between interval '1 minute' and interval '14 minutes'),
  -- Ask for more before the held amount is used up, where the card allows it.
  increment        boolean not null default true,
  updated_at       timestamptz not null
);

-- A card held for one charging session of somebody without an account.
create table payment (
  id             uuid primary key,
  tenant_id      uuid not null references tenant,
  station_id     uuid not null references charging_station,
  evse_number    int not null,
  evse           text not null,
  link_hash      bytea not null unique,
  state          text not null check (state in ('opened', 'held', 'starting', 'charging', 'captured', 'released')),
  -- Why nothing was charged.
  outcome        text,
  currency       text not null,
  hold           numeric not null check (hold > 0),
  price          numeric,
  captured       numeric not null default 0 check (captured >= 0),
  refunded       numeric not null default 0 check (refunded >= 0 and refunded <= captured),
  fee            numeric,
  language       text not null,
  email          text,
  -- The payer's link, closed under the installation's keys: it stands in the receipt.
  link_sealed    text not null,
  checkout_id    text unique,
  checkout_url   text,
  intent_id      text unique,
  can_increment  boolean not null default false,
  id_token       text,
  session_id     uuid,
  cdr_id         uuid,
  created_at     timestamptz not null,
  held_at        timestamptz,
  start_before   timestamptz,
  finished_at    timestamptz,
  -- When the next step is due, and until when somebody is at it.
  due_at         timestamptz,
  lease_until    timestamptz,
  attempts       int not null default 0,
  last_error     text
);
create index payment_list on payment (tenant_id, created_at desc, id desc);
create index payment_due on payment (due_at) where due_at is not null;
create index payment_lease on payment (lease_until) where lease_until is not null;
create index payment_session on payment (session_id) where session_id is not null;

create table payment_refund (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  payment_id  uuid not null references payment,
  amount      numeric not null check (amount > 0),
  state       text not null check (state in ('asked', 'done', 'failed')),
  reason      text,
  provider_id text unique,
  asked_by    text not null,
  asked_at    timestamptz not null,
  done_at     timestamptz,
  last_error  text
);
create index payment_refund_payment on payment_refund (payment_id);

-- What the provider told us: each event once.
create table payment_event (
  provider    text not null,
  event_id    text not null,
  tenant_id   uuid not null references tenant,
  payment_id  uuid not null references payment,
  type        text not null,
  received_at timestamptz not null,
  primary key (provider, event_id)
);
create index payment_event_payment on payment_event (payment_id, received_at);

-- Double entry: a booking and its entries are written once, add up to nothing, and never change.
create table ledger_booking (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  -- What it books, so that it is booked once.
  key         text not null,
  kind        text not null,
  payment_id  uuid references payment,
  invoice_id  uuid,
  cdr_id      uuid,
  booked_at   timestamptz not null,
  unique (tenant_id, key)
);
create index ledger_booking_list on ledger_booking (tenant_id, booked_at desc, id desc);
create index ledger_booking_payment on ledger_booking (payment_id) where payment_id is not null;

create table ledger_entry (
  booking_id uuid not null references ledger_booking,
  position   int not null,
  tenant_id  uuid not null references tenant,
  account    text not null check (account in ('receivable', 'revenue', 'vat', 'provider', 'fee', 'payout', 'deposit', 'writeOff')),
  -- Debit is positive, credit negative.
  amount     numeric not null check (amount <> 0),
  currency   text not null,
  primary key (booking_id, position)
);
create index ledger_entry_account on ledger_entry (tenant_id, account, currency);

create function ledger_must_balance() returns trigger language plpgsql as $$
begin
  if exists (select from ledger_entry where booking_id = coalesce(new.booking_id, old.booking_id) group by currency having sum(amount) <> 0) then
    raise exception 'booking % does not balance', new.booking_id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger ledger_balances after insert on ledger_entry deferrable initially deferred for each row execute function ledger_must_balance();

create function ledger_never_changes() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger only grows' using errcode = 'restrict_violation';
end $$;
create trigger ledger_entry_stays before update or delete on ledger_entry for each row execute function ledger_never_changes();
create trigger ledger_booking_stays before update or delete on ledger_booking for each row execute function ledger_never_changes();

insert into site_scope_rule (table_name, kind) values
  ('payment_settings', 'shared'), ('payment_refund', 'hidden'), ('payment_event', 'hidden'), ('ledger_booking', 'hidden'), ('ledger_entry', 'hidden');

-- A start that a card is held for: a code that nobody knows, for one session, that takes nothing off the price.
alter table charge_code drop constraint charge_code_kind_check, add constraint charge_code_kind_check check (kind in ('voucher', 'guest', 'card'));
alter table charge_code drop constraint charge_code_grants_check, add constraint charge_code_grants_check check (grants in ('energy', 'money', 'sessions', 'stay', 'card'));
