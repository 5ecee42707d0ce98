-- What is owed to hosts and employees by statements: it is booked, and paid out.

-- Which accounts there are says the code; that a booking balances says the database.
alter table ledger_entry drop constraint ledger_entry_account_check;

-- A host's account at the payment provider, to which its share is transferred.
create table payout_account (
  organisation_id uuid primary key references organisation on delete cascade,
  tenant_id       uuid not null references tenant,
  provider_id     text unique,
  state           text not null default 'incomplete' check (state in ('incomplete', 'ready', 'restricted')),
  -- What the provider still wants to know, in its words.
  missing         jsonb not null default '[]',
  link_hash       bytea unique,
  link_expires_at timestamptz,
  created_at      timestamptz not null,
  looked_at       timestamptz
);
create index payout_account_look on payout_account (looked_at nulls first) where provider_id is not null;

create table payout (
  id              uuid primary key,
  tenant_id       uuid not null references tenant,
  -- The statement; one payout for each.
  invoice_id      uuid not null unique references invoice,
  organisation_id uuid,
  driver_id       uuid,
  currency        text not null,
  amount          numeric not null check (amount > 0),
  state           text not null check (state in ('waiting', 'released', 'sent', 'paidOtherwise', 'failed', 'cancelled')),
  -- The host's account at the provider.
  destination     text,
  transfer_id     text unique,
  fee             numeric,
  returned        numeric not null default 0 check (returned >= 0 and returned <= amount),
  -- How it was paid, where the provider did not do it.
  reference       text,
  paid_on         date,
  -- Definite refusals of the provider; each further try is a new one to it.
  tries           int not null default 0,
  created_at      timestamptz not null,
  released_at     timestamptz,
  released_by     text,
  -- Since when the money may be on its way.
  begun_at        timestamptz,
  finished_at     timestamptz,
  due_at          timestamptz,
  lease_until     timestamptz,
  attempts        int not null default 0,
  last_error      text
);
create index payout_list on payout (tenant_id, created_at desc, id desc);
create index payout_due on payout (due_at) where due_at is not null;
create index payout_lease on payout (lease_until) where lease_until is not null;

create table payout_return (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  payout_id   uuid not null references payout,
  amount      numeric not null check (amount > 0),
  state       text not null check (state in ('asked', 'done', 'failed')),
  reason      text,
  provider_id text unique,
  asked_by    text not null,
  asked_at    timestamptz not null,
  done_at     timestamptz,
  last_error  text
);
create index payout_return_payout on payout_return (payout_id);

insert into site_scope_rule (table_name, kind) values ('payout_account', 'hidden'), ('payout', 'hidden'), ('payout_return', 'hidden');

alter table payment_settings add column payouts_automatic boolean not null default false;

-- Statements of before; a new database has none, and no such columns yet.
do $$
begin
  if exists (select from information_schema.columns where table_schema = current_schema() and table_name = 'invoice' and column_name = 'for_month') then
    insert into payout (id, tenant_id, invoice_id, organisation_id, driver_id, currency, amount, state, created_at)
    select gen_random_uuid(), tenant_id, id, organisation_id, driver_id, currency, gross, 'waiting', issued_at from invoice where kind = 'selfBilling' and state = 'issued' and gross > 0;
    with b as (
      insert into ledger_booking (id, tenant_id, key, kind, invoice_id, booked_at)
      select gen_random_uuid(), tenant_id, 'statement:' || replace(id::text, '-', ''), 'statement', id, issued_at from invoice where (organisation_id is not null or driver_id is not null) and gross <> 0
      returning id, tenant_id, invoice_id)
    insert into ledger_entry (booking_id, position, tenant_id, account, amount, currency)
    select b.id, x.position, b.tenant_id, x.account, x.amount, i.currency from b join invoice i on i.id = b.invoice_id,
      lateral (values (1, 'expense', i.net), (2, 'inputVat', i.vat), (3, 'payable', -i.gross)) x (position, account, amount) where x.amount <> 0;
  end if;
end $$;
