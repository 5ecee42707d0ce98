-- The sums of records, documents, payments and ledger, held against each other each night.
create table books_check (
  id         uuid primary key,
  tenant_id  uuid not null references tenant,
  day        date not null,
  checked_at timestamptz not null,
  agrees     boolean not null,
  rows       jsonb not null,
  unique (tenant_id, day)
);
insert into site_scope_rule (table_name, kind) values ('books_check', 'hidden');
