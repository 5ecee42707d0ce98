-- Monthly fees of contracts: one row per contract, month and price that held in it. What a row says never changes.
create table subscription_charge (
  id                 uuid primary key,
  tenant_id          uuid not null references tenant,
  contract_id        uuid not null references contract,
  -- The month's first day; with the contract and the item it is the natural key.
  month              date not null,
  item               int not null check (item > 0),
  contract_number    text not null,
  cost_centre        text,
  tariff_id          uuid not null,
  tariff_version     int not null,
  tariff_name        text not null,
  billing_account_id uuid not null references billing_account,
  from_day           date not null,
  to_day             date not null check (to_day >= from_day),
  days               int not null check (days > 0),
  days_of_month      int not null check (days_of_month >= days),
  -- Net, for a whole month.
  fee                numeric not null,
  currency           text not null,
  vat_rate           numeric,
  excl_vat           numeric not null,
  incl_vat           numeric,
  -- The end of the month in the operator's zone: from then on it may be invoiced.
  due_at             timestamptz not null,
  created_at         timestamptz not null,
  -- Status: where it stands on its way to the customer, and the cancelled invoice on which it stood before.
  billing            text not null default 'open' check (billing in ('open', 'invoiced', 'none')),
  invoice_id         uuid references invoice,
  preceding_id       uuid references invoice,
  unique (contract_id, month, item)
);
create index subscription_charge_open on subscription_charge (tenant_id, billing_account_id, due_at) where billing = 'open';
create index subscription_charge_list on subscription_charge (tenant_id, due_at desc, id desc);
create index subscription_charge_invoice on subscription_charge (invoice_id) where invoice_id is not null;
create trigger subscription_charge_final before update or delete on subscription_charge
  for each row execute function refuse_change_of_issued('billing', 'invoice_id', 'preceding_id');
create trigger subscription_charge_kept before truncate on subscription_charge execute function refuse_change_of_issued();
insert into site_scope_rule (table_name, kind) values ('subscription_charge', 'hidden');

-- Invoices that were seen to be overdue: told once.
create table invoice_overdue (
  invoice_id uuid primary key references invoice,
  tenant_id  uuid not null references tenant,
  seen_on    date not null
);
insert into site_scope_rule (table_name, kind) values ('invoice_overdue', 'hidden');
