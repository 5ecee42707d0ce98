-- What an electronic invoice says of its buyer, and how and when an account is billed.
alter table billing_account
  add column buyer_reference    text,
  add column electronic_address text,
  add column electronic_scheme  text,
  add column invoice_cycle      text not null default 'monthly' check (invoice_cycle in ('monthly', 'immediate', 'onDemand')),
  add column vat_treatment      text not null default 'standard' check (vat_treatment in ('standard', 'reseller', 'exempt'));

-- Receipts of small amounts know no account; statements (self-billing) are for an organisation or a driver.
alter table invoice
  alter column billing_account_id drop not null,
  add column organisation_id uuid references organisation,
  add column driver_id       uuid references driver,
  add column preceding       jsonb not null default '[]',
  add column notes           jsonb not null default '[]',
  drop constraint invoice_kind_check,
  add constraint invoice_kind_check check (kind in ('invoice', 'correction', 'cancellation', 'receipt', 'selfBilling')),
  add constraint invoice_payer_check check (kind not in ('invoice', 'correction') or billing_account_id is not null);

-- Not every line is a session's.
alter table invoice_line
  alter column cdr_id drop not null,
  add column description text;

-- Sums are held by the database too: at the end of the transaction that issues, the lines of an invoice add up to its amounts.
create function check_sums_of_issued() returns trigger language plpgsql as $$
declare
  sums record;
begin
  select coalesce(sum(net), 0) as net, coalesce(sum(gross), 0) as gross into sums from invoice_line where invoice_id = new.id;
  if sums.net <> new.net or sums.gross <> new.gross then
    raise exception 'the lines of invoice % add up to % net and % gross, not to % and %', new.number, sums.net, sums.gross, new.net, new.gross
      using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger invoice_adds_up after insert on invoice deferrable initially deferred
  for each row execute function check_sums_of_issued();

-- The schedule runs each month once, whatever happens to the host.
alter table invoice_run add column for_month date;
create unique index invoice_run_month on invoice_run (tenant_id, for_month) where for_month is not null;
