-- Who a payer is at the payment provider, and how they pay there. Names, numbers and mandates stay with the provider.
create table payment_customer (
  billing_account_id uuid primary key references billing_account on delete cascade,
  tenant_id          uuid not null references tenant,
  customer_id        text not null unique,
  created_at         timestamptz not null
);

create table payment_method (
  id                 uuid primary key,
  tenant_id          uuid not null references tenant,
  billing_account_id uuid not null references billing_account,
  provider_id        text not null unique,
  kind               text not null check (kind in ('card', 'sepaDebit')),
  brand              text,
  last4              text not null,
  -- Last day on which a card holds.
  expires_on         date,
  -- Reference of the SEPA mandate.
  mandate            text,
  is_default         boolean not null default false,
  added_by           text not null,
  added_at           timestamptz not null,
  removed_at         timestamptz,
  -- When the provider has forgotten it, too.
  detached_at        timestamptz
);
create index payment_method_account on payment_method (billing_account_id, added_at);
create unique index payment_method_default on payment_method (billing_account_id) where is_default;
create index payment_method_detach on payment_method (removed_at) where removed_at is not null and detached_at is null;

-- A payer who is to give, or gives, a way to pay on the provider's page.
create table payment_method_setup (
  id                 uuid primary key,
  tenant_id          uuid not null references tenant,
  billing_account_id uuid not null references billing_account on delete cascade,
  state              text not null check (state in ('asked', 'opened', 'done', 'expired')),
  link_hash          bytea not null unique,
  link_sealed        text not null,
  language           text not null,
  -- Whether the payer comes from the driver app, and goes back there.
  from_app           boolean not null default false,
  checkout_id        text unique,
  checkout_url       text,
  method_id          uuid references payment_method,
  asked_by           text not null,
  asked_at           timestamptz not null,
  expires_at         timestamptz not null,
  opened_at          timestamptz,
  due_at             timestamptz,
  lease_until        timestamptz,
  attempts           int not null default 0,
  last_error         text
);
create index payment_method_setup_account on payment_method_setup (billing_account_id, asked_at);
create index payment_method_setup_due on payment_method_setup (coalesce(due_at, lease_until)) where due_at is not null or lease_until is not null;

-- The provider tells of more than of guests' payments.
alter table payment_event alter column payment_id drop not null, add column subject text not null default 'payment', add column subject_id uuid;
update payment_event set subject_id = payment_id;
create index payment_event_subject on payment_event (subject_id, received_at) where subject <> 'payment';

alter table payment_settings
  -- Whether invoices are collected from whoever has given a way to pay.
  add column collect_invoices boolean not null default true;

insert into site_scope_rule (table_name, kind) values ('payment_customer', 'hidden'), ('payment_method', 'hidden'), ('payment_method_setup', 'hidden');
