-- What a site host gets for its sites, by self-billing.
create table site_host_terms (
  organisation_id uuid primary key references organisation on delete cascade,
  tenant_id       uuid not null references tenant,
  is_on           boolean not null,
  share_percent   numeric not null default 0 check (share_percent between 0 and 100),
  per_kwh         numeric not null default 0 check (per_kwh >= 0),
  per_session     numeric not null default 0 check (per_session >= 0),
  vat_rate        numeric not null default 19 check (vat_rate >= 0 and vat_rate < 100),
  is_small        boolean not null default false,
  tax_number      text
);
insert into site_scope_rule (table_name, kind) values ('site_host_terms', 'hidden');

-- One statement per payee and month that holds.
alter table invoice add column for_month date;
create unique index invoice_statement_of_host on invoice (organisation_id, for_month) where kind = 'selfBilling' and state = 'issued' and organisation_id is not null;
create unique index invoice_statement_of_driver on invoice (driver_id, for_month) where kind = 'selfBilling' and state = 'issued' and driver_id is not null;
create index invoice_of_driver on invoice (driver_id, issued_at desc) where driver_id is not null;
