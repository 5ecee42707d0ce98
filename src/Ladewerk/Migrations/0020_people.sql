-- The account with which a driver signs in. A driver outlives the account: what they charged stays theirs.
alter table driver add column account_id uuid references account on delete set null;
create unique index driver_account on driver (account_id) where account_id is not null;
