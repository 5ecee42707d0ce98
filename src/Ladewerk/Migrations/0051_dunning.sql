-- How an operator bills, one row each; what is not said is the default of the product.
create table billing_settings (
  tenant_id uuid primary key references tenant,
  settings  jsonb not null,
  revision  int not null default 1
);

-- Money that came in for an invoice, from whatever way.
create table invoice_payment (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  invoice_id  uuid not null references invoice,
  amount      numeric not null check (amount <> 0),
  received_on date not null,
  source      text not null,
  reference   text not null,
  created_at  timestamptz not null,
  created_by  text not null,
  unique (tenant_id, source, reference)
);
create index invoice_payment_of on invoice_payment (invoice_id);
create trigger invoice_payment_final before update or delete on invoice_payment for each row execute function refuse_change_of_issued();

-- Status beside the content: what was paid, asked for and sent.
alter table invoice
  add column paid           numeric not null default 0,
  add column settled_on     date,
  add column dunning_level  int not null default 0,
  add column dunned_on      date,
  add column dunning_hold   boolean not null default false,
  add column mailed_at      timestamptz;
create index invoice_due on invoice (tenant_id, due_on) where kind = 'invoice' and state = 'issued' and settled_on is null;
drop trigger invoice_final on invoice;
create trigger invoice_final before update or delete on invoice
  for each row execute function refuse_change_of_issued('state', 'document_state', 'document_error', 'paid', 'settled_on', 'dunning_level', 'dunned_on', 'dunning_hold', 'mailed_at');

create table dunning_notice (
  invoice_id  uuid not null references invoice,
  level       int not null check (level > 0),
  tenant_id   uuid not null references tenant,
  issued_on   date not null,
  pay_until   date not null,
  open_amount numeric not null,
  fee         numeric not null check (fee >= 0),
  mailed      boolean not null,
  created_at  timestamptz not null,
  primary key (invoice_id, level)
);
create index dunning_notice_list on dunning_notice (tenant_id, created_at desc);

-- Badges that were blocked because of what is owed, to be given back when it is paid.
create table dunning_block (
  id_token_id        uuid not null references id_token on delete cascade,
  tenant_id          uuid not null references tenant,
  billing_account_id uuid not null references billing_account,
  blocked_at         timestamptz not null,
  lifted_at          timestamptz,
  primary key (id_token_id, blocked_at)
);
create index dunning_block_open on dunning_block (tenant_id, billing_account_id) where lifted_at is null;

insert into site_scope_rule (table_name, kind) values
  ('billing_settings', 'hidden'), ('invoice_payment', 'hidden'), ('dunning_notice', 'hidden'), ('dunning_block', 'hidden');
