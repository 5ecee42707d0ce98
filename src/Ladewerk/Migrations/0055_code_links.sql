-- A printed code is looked up by itself: its link does not say whose it is.
create index charge_code_hash on charge_code (code_hash);
