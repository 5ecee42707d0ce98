-- Drivers whose personal data are to be erased, or were. Holds nothing of the person.
create table person_erasure (
  id           uuid primary key,
  tenant_id    uuid not null references tenant,
  driver_id    uuid not null unique references driver,
  state        text not null check (state in ('waiting', 'done', 'failed')),
  waits_for    text,
  requested_by text not null check (requested_by in ('driver', 'operator')),
  requested_at timestamptz not null,
  retry_at     timestamptz,
  attempts     int not null default 0,
  done_at      timestamptz,
  changed_rows bigint not null default 0
);
create index person_erasure_open on person_erasure (requested_at) where state = 'waiting';

-- Puts a pseudonym in the place of everything that a pattern finds.
create function erase_from_text(value text, patterns text[], pseudonyms text[]) returns text language plpgsql immutable as $$
begin
  for i in 1 .. coalesce(array_length(patterns, 1), 0) loop
    value := regexp_replace(value, patterns[i], pseudonyms[i], 'gi');
  end loop;
  return value;
end $$;

-- The same within a document: in its texts alone, so that a number stays a number.
create function erase_from_json(value jsonb, patterns text[], pseudonyms text[]) returns jsonb language plpgsql immutable as $$
begin
  return case jsonb_typeof(value)
    when 'string' then to_jsonb(erase_from_text(value #>> '{}', patterns, pseudonyms))
    when 'array' then coalesce((select jsonb_agg(erase_from_json(e.item, patterns, pseudonyms) order by e.place) from jsonb_array_elements(value) with ordinality e (item, place)), '[]')
    when 'object' then coalesce((select jsonb_object_agg(e.key, erase_from_json(e.value, patterns, pseudonyms)) from jsonb_each(value) e), '{}')
    else value
  end;
end $$;

-- The same within a frame as it came over the wire; one that is no text is dropped whole.
create function erase_from_bytes(value bytea, patterns text[], pseudonyms text[]) returns bytea language plpgsql immutable as $$
begin
  return convert_to(erase_from_text(convert_from(value, 'UTF8'), patterns, pseudonyms), 'UTF8');
exception when character_not_in_repertoire or untranslatable_character then
  return '\x';
end $$;

do $$
begin
  if to_regclass('public.site_scope_rule') is not null then
    insert into site_scope_rule (table_name, kind) values
      ('people_import', 'open'), ('people_import_row', 'open'), ('registration_rules', 'open'), ('registration_invitation', 'open'), ('registration', 'open'), ('person_erasure', 'open')
    on conflict do nothing;
  end if;
end $$;
