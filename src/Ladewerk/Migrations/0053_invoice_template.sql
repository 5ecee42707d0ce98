-- Which template made a document: the product's, the operator's colours and style sheet, as a digest.
alter table invoice_document add column template text;
