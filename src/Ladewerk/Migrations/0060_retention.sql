-- Invoices are kept for eight years from the end of the year in which they were issued (§147 Abs. 3 and 4 AO, §14b UStG). What is older may be removed, by the
-- job that says so; everything else stays refused, whoever asks.
create or replace function refuse_change_of_issued() returns trigger language plpgsql as $$
declare
  issued date;
begin
  if tg_op = 'UPDATE' and to_jsonb(new) - tg_argv = to_jsonb(old) - tg_argv then
    return new;
  end if;
  if tg_op = 'DELETE' and current_setting('ladewerk.retention', true) = 'over' then
    issued := case tg_table_name
      when 'invoice' then (to_jsonb(old)->>'issued_on')::date
      when 'charge_detail_record' then (to_jsonb(old)->>'ended_at')::timestamptz::date
      when 'subscription_charge' then (to_jsonb(old)->>'to_day')::date
      else (select i.issued_on from invoice i where i.id = (to_jsonb(old)->>'invoice_id')::uuid)
    end;
    if issued < (date_trunc('year', now()) - interval '8 years')::date then
      return old;
    end if;
  end if;
  raise exception '% is final: a correction is a new record', tg_table_name using errcode = 'restrict_violation';
end $$;

-- What was removed after its time: how many of which numbers, and their sums; no name and no content.
create table retention_entry (
  id           uuid primary key,
  tenant_id    uuid not null references tenant,
  year         int not null,
  -- A kind of invoice, or records: charge detail records.
  kind         text not null,
  documents    int not null,
  first_number text,
  last_number  text,
  currency     text,
  net          numeric not null,
  vat          numeric not null,
  gross        numeric not null,
  removed_at   timestamptz not null,
  removed_by   text not null
);
create index retention_entry_list on retention_entry (tenant_id, removed_at desc, id desc);
insert into site_scope_rule (table_name, kind) values ('retention_entry', 'hidden');

-- What a payer was told of a debit before it is made (SEPA Core Direct Debit: pre-notification).
create table sepa_notice (
  id          uuid primary key,
  tenant_id   uuid not null references tenant,
  invoice_id  uuid not null references invoice,
  -- The debit; the same one is announced once.
  reference   text not null,
  amount      numeric not null check (amount > 0),
  currency    text not null,
  mandate     text not null,
  creditor_id text,
  account     text not null,
  debit_on    date not null,
  mailed      boolean not null,
  created_at  timestamptz not null,
  unique (invoice_id, reference)
);
insert into site_scope_rule (table_name, kind) values ('sepa_notice', 'hidden');
