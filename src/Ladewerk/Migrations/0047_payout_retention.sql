-- What is removed after its years takes its payout along; the ledger stays.
alter table payout drop constraint payout_invoice_id_fkey, add constraint payout_invoice_id_fkey foreign key (invoice_id) references invoice on delete cascade;
alter table payout_return drop constraint payout_return_payout_id_fkey, add constraint payout_return_payout_id_fkey foreign key (payout_id) references payout on delete cascade;
