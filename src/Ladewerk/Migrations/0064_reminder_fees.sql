-- What of the money for an invoice went to its reminder fees; the rest of it stands in invoice_payment under the same reference.
create table reminder_fee_payment (
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
create index reminder_fee_payment_of on reminder_fee_payment (invoice_id);
create trigger reminder_fee_payment_final before update or delete on reminder_fee_payment for each row execute function refuse_change_of_issued();

-- Fees that are not asked for any more.
create table reminder_fee_waiver (
  id         uuid primary key,
  tenant_id  uuid not null references tenant,
  invoice_id uuid not null references invoice,
  amount     numeric not null check (amount > 0),
  reason     text,
  created_at timestamptz not null,
  created_by text not null
);
create index reminder_fee_waiver_of on reminder_fee_waiver (invoice_id);

-- What of a charge was asked for as fees.
alter table invoice_charge add column fees numeric not null default 0 check (fees >= 0 and fees <= amount);

insert into site_scope_rule (table_name, kind) values ('reminder_fee_payment', 'hidden'), ('reminder_fee_waiver', 'hidden');
