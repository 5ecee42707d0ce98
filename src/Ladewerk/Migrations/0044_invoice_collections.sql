-- Invoices whose money is on its way: nobody is reminded meanwhile.
create table collecting_invoice (
  invoice_id uuid primary key references invoice,
  tenant_id  uuid not null references tenant,
  since      timestamptz not null
);

-- How the money of an invoice comes in by the payment provider.
create table invoice_collection (
  invoice_id         uuid primary key references invoice,
  tenant_id          uuid not null references tenant,
  billing_account_id uuid not null references billing_account,
  state              text not null check (state in ('planned', 'processing', 'open', 'paid', 'over')),
  link_hash          bytea not null unique,
  -- The payer's link, closed under the installation's keys: it stands in letters.
  link_sealed        text not null,
  -- The day of the next try.
  collect_on         date,
  tries              int not null default 0,
  -- Why the last try failed, in the provider's word.
  fault              text,
  created_at         timestamptz not null,
  updated_at         timestamptz not null,
  due_at             timestamptz,
  lease_until        timestamptz,
  attempts           int not null default 0,
  last_error         text
);
create index invoice_collection_list on invoice_collection (tenant_id, created_at desc, invoice_id desc);
create index invoice_collection_account on invoice_collection (billing_account_id, created_at);
create index invoice_collection_due on invoice_collection (coalesce(due_at, lease_until)) where due_at is not null or lease_until is not null;

-- One try to take an invoice's money: by itself from a stored method, or by the payer on the provider's page.
create table invoice_charge (
  id           uuid primary key,
  tenant_id    uuid not null references tenant,
  invoice_id   uuid not null references invoice_collection,
  number       int not null,
  way          text not null check (way in ('offSession', 'page')),
  method_id    uuid references payment_method,
  amount       numeric not null check (amount > 0),
  currency     text not null,
  state        text not null check (state in ('planned', 'opened', 'processing', 'paid', 'failed', 'cancelled')),
  intent_id    text unique,
  checkout_id  text unique,
  checkout_url text,
  fault        text,
  fee          numeric,
  refunded     numeric not null default 0 check (refunded >= 0 and refunded <= amount),
  refund_id    text unique,
  created_at   timestamptz not null,
  finished_at  timestamptz,
  unique (invoice_id, number)
);
-- Never two at a time: what is tried again was over before.
create unique index invoice_charge_one on invoice_charge (invoice_id) where state in ('planned', 'opened', 'processing');

insert into site_scope_rule (table_name, kind) values ('collecting_invoice', 'hidden'), ('invoice_collection', 'hidden'), ('invoice_charge', 'hidden');
