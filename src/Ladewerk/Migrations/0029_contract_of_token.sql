-- A badge names a contract that exists; a contract that badges name is not deleted. Not checked for what is there already.
alter table id_token add constraint id_token_contract_fkey foreign key (contract_id) references contract not valid;
