-- What is removed after its years takes with it how its money came in and went back; the ledger stays. An invoice whose money is on its way (collecting_invoice) stays.
alter table invoice_collection drop constraint invoice_collection_invoice_id_fkey, add constraint invoice_collection_invoice_id_fkey foreign key (invoice_id) references invoice on delete cascade;
alter table invoice_charge drop constraint invoice_charge_invoice_id_fkey, add constraint invoice_charge_invoice_id_fkey foreign key (invoice_id) references invoice_collection on delete cascade;
alter table invoice_refund drop constraint invoice_refund_charge_id_fkey, add constraint invoice_refund_charge_id_fkey foreign key (charge_id) references invoice_charge on delete cascade;
alter table invoice_refund drop constraint invoice_refund_invoice_id_fkey, add constraint invoice_refund_invoice_id_fkey foreign key (invoice_id) references invoice on delete cascade;
alter table payment_dispute drop constraint payment_dispute_charge_id_fkey, add constraint payment_dispute_charge_id_fkey foreign key (charge_id) references invoice_charge on delete cascade;
