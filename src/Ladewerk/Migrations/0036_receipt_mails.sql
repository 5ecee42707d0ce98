-- How often a receipt was sent by mail to whoever holds its link.
alter table session_proof add column mails int not null default 0;
