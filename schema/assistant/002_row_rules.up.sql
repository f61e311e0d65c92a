-- What the triggers of the four tables do. The functions are here and not beside their tables, because each of the platform's
-- rollbacks drops one table and exactly one trigger function, the latter without CASCADE and in one of them before the table: so
-- no trigger may stand on the functions named there, nor may another function come with the table.

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
comment on function nova.touch_conversations() is 'After messages were added (transition table "added"): their conversations are the latest, once a statement.';

create or replace function nova.tenant_of_conversation() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  select c.tenant_id into new.tenant_id from public.conversations c where c.id = new.conversation_id;
  return new;
end
$$;
comment on function nova.tenant_of_conversation() is
  'Before a message without a tenant is added: the tenant of its conversation, as far as the caller sees it. Another tenant''s conversation and none at all give the same refusal.';

create or replace function nova.tenant_of_message() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  select m.tenant_id into new.tenant_id from public.messages m where m.id = new.message_id;
  return new;
end
$$;
comment on function nova.tenant_of_message() is 'Before feedback without a tenant is added: the tenant of its message, as far as the caller sees it.';

create or replace function nova.protect_tenant_table(p_table regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('alter table %s enable row level security', p_table);
  -- An owner who sees all rows anyhow loses nothing, and the day that the table is given to one who does not it fails closed. An
  -- ordinary owner must not be forced: REFRESH runs as the owner and would silently store empty summaries.
  if exists (select from pg_catalog.pg_class c join pg_catalog.pg_roles r on r.oid = c.relowner
              where c.oid = p_table and (r.rolsuper or r.rolbypassrls)) then
    execute format('alter table %s force row level security', p_table);
  end if;
  execute format('revoke all on %s from public, anon, authenticated', p_table);
  execute format('grant select, insert, update, delete on %s to service_role', p_table);
end
$$;
comment on function nova.protect_tenant_table(regclass) is 'Row-level security on, forced where the owner sees all rows by an attribute; rights for the service only.';

revoke all on function nova.touch_updated_at(), nova.touch_conversations(), nova.tenant_of_conversation(), nova.tenant_of_message(),
  nova.protect_tenant_table(regclass) from public;
