-- What the triggers of the four tables do. The functions are here and not beside their tables,
-- because each of the platform's rollbacks drops one table and exactly one trigger function, the
-- latter without CASCADE and in one of them before the table: so no trigger may stand on the
-- functions named there, nor may another function come with the table.

create or replace function nova.touch_updated_at() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  new.updated_at := greatest(old.updated_at, now());
  return new;
end
$$;
comment on function nova.touch_updated_at() is 'Before an update: updated_at is now, and never goes back.';

create or replace function nova.touch_conversations() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- Always in the same order, so that two batches that share conversations wait and do not deadlock.
  perform from public.conversations c
    where c.id in (select a.conversation_id from added a) order by c.id for no key update;
  update public.conversations c set updated_at = now() where c.id in (select a.conversation_id from added a);
  return null;
end
$$;
comment on function nova.touch_conversations() is
  'After messages were added (transition table "added"): their conversations are the latest, once a statement.';

create or replace function nova.tenant_of_conversation() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  select c.tenant_id into new.tenant_id from public.conversations c where c.id = new.conversation_id;
  return new;
end
$$;
comment on function nova.tenant_of_conversation() is
  'Before a message without a tenant is added: the tenant of its conversation, as far as the caller sees it. '
  'Another tenant''s conversation and none at all give the same refusal.';

create or replace function nova.tenant_of_message() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  select m.tenant_id into new.tenant_id from public.messages m where m.id = new.message_id;
  return new;
end
$$;
comment on function nova.tenant_of_message() is
  'Before feedback without a tenant is added: the tenant of its message, as far as the caller sees it.';

create or replace function nova.protect_tenant_table(p_table regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('alter table %s enable row level security', p_table);
  -- An owner who sees all rows anyhow loses nothing, and the day that the table is given to one who
  -- does not it fails closed. An ordinary owner must not be forced: REFRESH runs as the owner, and
  -- the summaries refuse to be stored without the rows that are hidden from him.
  if exists (select from pg_catalog.pg_class c join pg_catalog.pg_roles r on r.oid = c.relowner
              where c.oid = p_table and (r.rolsuper or r.rolbypassrls)) then
    execute format('alter table %s force row level security', p_table);
  end if;
  execute format('revoke all on %s from public, anon, authenticated', p_table);
  execute format('grant select, insert, update, delete on %s to service_role', p_table);
end
$$;
comment on function nova.protect_tenant_table(regclass) is
  'Row-level security on, forced where the owner sees all rows by an attribute; rights for the service only.';

create or replace function nova.expect_all_rows(variadic p_tables regclass[]) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_hidden text := (select string_agg(t::text, ', ') from unnest(p_tables) t where row_security_active(t));
begin
  if v_hidden is not null then
    raise exception 'row-level security hides rows of % from %: what is made of them would lack them',
      v_hidden, current_user
      using errcode = '42501', hint = format('Give %I BYPASSRLS, or, where it owns them, "alter table … no force row '
        'level security" for each.', current_user);
  end if;
  return true;
end
$$;
comment on function nova.expect_all_rows(regclass[]) is
  'True, or an error where row-level security hides rows of the tables from the current role. A materialized view asks '
  'it once a REFRESH, which runs as the view''s owner and would store the view without them.';

create or replace function nova.name_callers(p_table regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_column name;
  v_type text;
begin
  for v_column, v_type in
    select a.attname, format_type(t.atttypid, t.atttypmod)
      from (values ('tenant_id', 'tenants'), ('user_id', 'users')) k (name, target)
      join pg_attribute t on t.attrelid = to_regclass('public.' || k.target) and t.attname = 'id'
      join pg_attribute a on a.attrelid = p_table and a.attname = k.name and a.atttypid <> t.atttypid
  loop
    execute format('alter table %s alter column %I type %s using %2$I::%3$s', p_table, v_column, v_type);
  end loop;
end
$$;
comment on function nova.name_callers(regclass) is
  'Gives tenant_id and user_id of a new table the types that the ids have in tenants and users.';

create or replace function nova.let_tenant_out(p_table regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- Where an API makes types of the tables what has a default may be left out. No tenant has that id.
  if (select a.atttypid from pg_attribute a where a.attrelid = p_table and a.attname = 'tenant_id') = 'text'::regtype
  then
    execute format('alter table %s alter column tenant_id set default %L', p_table, '');
  end if;
end
$$;
comment on function nova.let_tenant_out(regclass) is
  'Lets tenant_id of a new table be left out, which a trigger then fills in: its default is empty.';

create or replace function nova.add_key(p_table regclass, p_name text, p_definition text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from pg_constraint c where c.conrelid = p_table and c.conname = p_name) then
    execute format('alter table %s add constraint %I foreign key %s on delete cascade', p_table, p_name, p_definition);
  end if;
end
$$;
comment on function nova.add_key(regclass, text, text) is 'Adds a foreign key, unless it is there.';

create or replace function nova.add_user_key(p_table regclass, p_name text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- The key carries the tenant along, so that no row names a user of another tenant, unless users
  -- is not Nova's and has no such key.
  if exists (select from pg_index i
              where i.indrelid = 'public.users'::regclass and i.indisunique and i.indpred is null and i.indnkeyatts = 2
              and array(select a.attname::text from pg_attribute a
                         where a.attrelid = i.indrelid and a.attnum = any (i.indkey::smallint[])
                         order by 1) = '{id,tenant_id}') then
    perform nova.add_key(p_table, p_name, '(user_id, tenant_id) references public.users (id, tenant_id)');
  else
    perform nova.add_key(p_table, p_name, '(user_id) references public.users (id)');
    perform nova.add_key(p_table, p_name || '_tenant', '(tenant_id) references public.tenants (id)');
  end if;
end
$$;
comment on function nova.add_user_key(regclass, text) is 'The foreign key of user_id and tenant_id.';

revoke all on function nova.name_callers(regclass), nova.let_tenant_out(regclass),
  nova.add_key(regclass, text, text),
  nova.add_user_key(regclass, text) from public;
revoke all on function nova.touch_updated_at(), nova.touch_conversations(), nova.tenant_of_conversation(),
  nova.tenant_of_message(), nova.protect_tenant_table(regclass), nova.expect_all_rows(regclass[]) from public;
