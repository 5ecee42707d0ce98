-- How an invoice will be collected, as it was known when it was issued; it stands on the document. Null: it is to be transferred.
alter table invoice add column collecting jsonb;
