-- Charge detail records, invoices and their numbers. What is issued never changes: triggers say so, whoever asks.

-- Refuses DELETE, TRUNCATE, and an UPDATE of any column but those named as arguments (the status beside the content).
create function refuse_change_of_issued() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and to_jsonb(new) - tg_argv = to_jsonb(old) - tg_argv then
    return new;
  end if;
  raise exception '% is final: a correction is a new record', tg_table_name using errcode = 'restrict_violation';
end $$;

create table charge_detail_record (
  id                 uuid primary key,
  tenant_id          uuid not null references tenant,
  session_id         uuid not null references charging_session,
  kind               text not null check (kind in ('original', 'credit', 'correction')),
  revision           int not null check (revision > 0),
  corrects_id        uuid references charge_detail_record,
  billing_account_id uuid references billing_account,
  driver_id          uuid references driver,
  place              jsonb not null,
  time_zone          text not null,
  started_at         timestamptz not null,
  ended_at           timestamptz not null,
  meter_start_wh     bigint not null,
  meter_stop_wh      bigint,
  energy_wh          bigint not null,
  tariff_id          uuid not null,
  tariff_version     int not null,
  prices_gross       boolean not null,
  currency           text not null,
  excl_vat           numeric,
  incl_vat           numeric,
  cost               jsonb not null,
  created_at         timestamptz not null,
  -- Status: where the record stands on its way to the customer.
  billing            text not null check (billing in ('open', 'invoiced', 'offset', 'none')),
  invoice_id         uuid,
  unique (session_id, revision, kind),
  check ((kind = 'original') = (corrects_id is null))
);
create index charge_detail_record_open on charge_detail_record (tenant_id, billing_account_id, ended_at) where billing = 'open';
create index charge_detail_record_list on charge_detail_record (tenant_id, ended_at desc, id desc);
create index charge_detail_record_invoice on charge_detail_record (invoice_id) where invoice_id is not null;
create trigger charge_detail_record_final before update or delete on charge_detail_record
  for each row execute function refuse_change_of_issued('billing', 'invoice_id');
create trigger charge_detail_record_kept before truncate on charge_detail_record execute function refuse_change_of_issued();

-- The last number given. Taken in the transaction that issues: its row lock makes the next one wait, a rollback gives it back.
create table number_series (
  tenant_id   uuid not null references tenant,
  kind        text not null,
  year        int not null,
  last_number int not null check (last_number > 0),
  primary key (tenant_id, kind, year)
);

create table invoice (
  id                 uuid primary key,
  tenant_id          uuid not null references tenant,
  kind               text not null check (kind in ('invoice', 'correction', 'cancellation')),
  number             text not null,
  year               int not null,
  sequence           int not null,
  billing_account_id uuid not null references billing_account,
  cancels_id         uuid references invoice,
  reason             text,
  issued_on          date not null,
  issued_at          timestamptz not null,
  issued_in          xid8 not null default pg_current_xact_id(),
  period_from        date not null,
  period_to          date not null,
  due_on             date,
  language           text not null,
  time_zone          text not null,
  currency           text not null,
  net                numeric not null,
  vat                numeric not null,
  gross              numeric not null,
  vat_lines          jsonb not null,
  supplier           jsonb not null,
  customer           jsonb not null,
  session_count      int not null,
  energy_wh          bigint not null,
  run_id             uuid,
  -- Status: what has happened to it since.
  state              text not null default 'issued' check (state in ('issued', 'cancelled')),
  document_state     text not null default 'pending' check (document_state in ('pending', 'ready', 'failed')),
  document_error     text,
  unique (tenant_id, number),
  unique (tenant_id, kind, year, sequence),
  check ((kind = 'cancellation') = (cancels_id is not null)),
  check (net + vat = gross)
);
create unique index invoice_cancelled_once on invoice (cancels_id) where cancels_id is not null;
create index invoice_list on invoice (tenant_id, issued_at desc, id desc);
create index invoice_account on invoice (billing_account_id, issued_at desc);
create index invoice_of_run on invoice (run_id) where run_id is not null;
create index invoice_without_document on invoice (issued_at) where document_state <> 'ready';
create trigger invoice_final before update or delete on invoice
  for each row execute function refuse_change_of_issued('state', 'document_state', 'document_error');
create trigger invoice_kept before truncate on invoice execute function refuse_change_of_issued();

create table invoice_line (
  invoice_id uuid not null references invoice,
  position   int not null,
  item       int not null,
  tenant_id  uuid not null,
  cdr_id     uuid not null references charge_detail_record,
  type       text not null,
  quantity   numeric not null,
  unit       text not null,
  unit_price numeric not null,
  vat_rate   numeric not null,
  net        numeric not null,
  gross      numeric not null,
  from_at    timestamptz not null,
  to_at      timestamptz not null,
  primary key (invoice_id, position, item)
);
create index invoice_line_cdr on invoice_line (cdr_id);

-- A line comes with its invoice, in the same transaction, or not at all.
create function refuse_line_after_issue() returns trigger language plpgsql as $$
begin
  if (select issued_in from invoice where id = new.invoice_id) is distinct from pg_current_xact_id() then
    raise exception 'the invoice of this line is issued already' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger invoice_line_with_invoice before insert on invoice_line for each row execute function refuse_line_after_issue();
create trigger invoice_line_final before update or delete on invoice_line for each row execute function refuse_change_of_issued();
create trigger invoice_line_kept before truncate on invoice_line execute function refuse_change_of_issued();

-- Made once and served the same ever after. Room for XML beside the PDF: one row per format.
create table invoice_document (
  invoice_id   uuid not null references invoice,
  format       text not null check (format in ('pdf', 'xml')),
  tenant_id    uuid not null,
  file_name    text not null,
  content_type text not null,
  content      bytea not null,
  sha256       bytea not null,
  created_at   timestamptz not null,
  primary key (invoice_id, format)
);
create trigger invoice_document_final before update or delete on invoice_document for each row execute function refuse_change_of_issued();
create trigger invoice_document_kept before truncate on invoice_document execute function refuse_change_of_issued();

create table invoice_run (
  id                 uuid primary key,
  tenant_id          uuid not null references tenant,
  from_at            timestamptz,
  to_at              timestamptz not null,
  billing_account_id uuid references billing_account,
  state              text not null default 'waiting' check (state in ('waiting', 'running', 'finished', 'failed', 'stopped')),
  accounts           int not null default 0,
  accounts_done      int not null default 0,
  skipped            jsonb not null default '[]',
  error              text,
  requested_by       text,
  created_at         timestamptz not null,
  started_at         timestamptz,
  finished_at        timestamptz
);
create index invoice_run_list on invoice_run (tenant_id, created_at desc);
create index invoice_run_open on invoice_run (created_at) where state in ('waiting', 'running');
