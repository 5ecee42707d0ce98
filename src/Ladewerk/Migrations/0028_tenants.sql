-- Several operators on one installation: their plan and modules, and whether they are suspended.
alter table tenant
  add column plan text not null default 'unlimited',
  add column charge_point_limit int check (charge_point_limit > 0),
  add column modules text[] not null default '{base,billing,roaming,smartCharging,energy}',
  add column suspended_at timestamptz;

-- The same person may have an account with each of several operators.
alter table account drop constraint account_normalized_email_key, drop constraint account_normalized_user_name_key;
create unique index account_email on account (normalized_email, tenant_id);
create unique index account_user_name on account (normalized_user_name, tenant_id);

-- No way to a station leads past the plan: the API, a file, the wizard or a station that dials in.
create function keep_to_plan() returns trigger language plpgsql as $$
declare
  most int;
begin
  if new.removed_at is not null or (tg_op = 'UPDATE' and old.removed_at is null) then
    return new;
  end if;
  select charge_point_limit into most from public.tenant where id = new.tenant_id;
  if most is null then
    return new;
  end if;
  perform from public.tenant where id = new.tenant_id for no key update; -- two at the same time
  if (select count(*) from public.charging_station where tenant_id = new.tenant_id and removed_at is null) >= most then
    raise exception 'The plan allows % charge points.', most using errcode = 'LW402', detail = most::text;
  end if;
  return new;
end
$$;
create trigger keep_to_plan before insert or update of removed_at on charging_station for each row execute function keep_to_plan();
