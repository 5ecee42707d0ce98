-- Lists of a hundred thousand drivers and badges: in their order, and by any part of a name or number.
create index driver_list on driver (tenant_id, name, id);
create index driver_payer on driver (billing_account_id) where billing_account_id is not null;
create index id_token_stock on id_token (tenant_id, uid_key) where driver_id is null;

-- Parts of words are found by their trigrams; at once sorted in, because a waiting list of new ones makes every search slow. Comes with PostgreSQL; where an installation's has been stripped of it, searching is slower.
do $$
begin
  create extension if not exists pg_trgm;
exception when insufficient_privilege or undefined_file or feature_not_supported then
  raise notice 'pg_trgm is not to be had: searches of drivers and badges read all of them';
end $$;

do $$
begin
  if exists (select from pg_extension where extname = 'pg_trgm') then
    create index driver_name_part on driver using gin (name gin_trgm_ops) with (fastupdate = off);
    create index driver_email_part on driver using gin (email gin_trgm_ops) with (fastupdate = off);
    create index driver_number_part on driver using gin (number gin_trgm_ops) with (fastupdate = off);
    create index id_token_uid_part on id_token using gin (uid_key gin_trgm_ops) with (fastupdate = off);
    create index id_token_visual_part on id_token using gin (visual_number gin_trgm_ops) with (fastupdate = off);
  end if;
end $$;
