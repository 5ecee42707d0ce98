-- A payer, or their bank, takes money back. What it says is read at the provider.
create table payment_dispute (
  id             uuid primary key,
  tenant_id      uuid not null references tenant,
  provider_id    text not null unique,
  -- A guest's payment, or the charge of an invoice.
  payment_id     uuid references payment,
  charge_id      uuid references invoice_charge,
  state          text not null check (state in ('new', 'warning', 'open', 'review', 'won', 'lost', 'closed')),
  reason         text,
  amount         numeric,
  currency       text,
  fee            numeric not null default 0,
  -- What is gone from our balance now.
  withdrawn      numeric not null default 0,
  answer_until   timestamptz,
  opened_at      timestamptz not null,
  closed_at      timestamptz,
  due_at         timestamptz,
  lease_until    timestamptz,
  attempts       int not null default 0,
  last_error     text,
  check ((payment_id is null) <> (charge_id is null))
);
create index payment_dispute_list on payment_dispute (tenant_id, opened_at desc, id desc);
create index payment_dispute_charge on payment_dispute (charge_id) where charge_id is not null;
create index payment_dispute_payment on payment_dispute (payment_id) where payment_id is not null;
create index payment_dispute_due on payment_dispute (coalesce(due_at, lease_until)) where due_at is not null or lease_until is not null;

insert into site_scope_rule (table_name, kind) values ('payment_dispute', 'hidden');
