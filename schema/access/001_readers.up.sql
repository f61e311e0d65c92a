-- Who reads what, for front ends that ask the database themselves, over PostgREST or Supabase: a user who is signed in
-- reads the mail of the own inboxes, and nothing else; nobody writes. Chosen with `nova migrate up --system access`.
-- An inbox is a user's by user_id, the claim sub of the token; or everybody's of a tenant by tenant_id.
select nova.expect_names('role anon', 'role authenticated', 'role service_role', 'flux_email_threads_unread',
  'flux_email_threads_starred', 'flux_email_messages_id', 'flux_email_messages_attached');
select nova.make_api_roles();

create or replace function nova.caller_tenant() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_tenant text;
begin
  if to_regclass('nova.caller') is not null then -- the table decides: a token outlives a change of tenant
    execute 'select c.tenant_id::text from nova.caller c' into v_tenant;
    return v_tenant;
  end if;
  -- app_metadata is written by the service alone; user_metadata is the user's own.
  return nullif(current_setting('request.jwt.claims', true), '')::jsonb #>> '{app_metadata,tenant_id}';
end
$$;
comment on function nova.caller_tenant() is
  'The tenant of the caller: by the assistant''s table users where there is one, else by the claim '
  'app_metadata.tenant_id; null: none.';

create or replace function nova.own_inboxes() returns uuid[]
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(i.id), '{}')
    from (select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
                          nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub') as sub,
                 nova.caller_tenant() as tenant offset 0) c
   cross join lateral (select i.id from public.flux_inboxes i where i.user_id = c.sub
                        union
                       select i.id from public.flux_inboxes i where i.tenant_id = c.tenant) i
$$;
comment on function nova.own_inboxes() is
  'The inboxes of who calls, by the claims of the token. For policies, once a statement: inbox_id = any ((select '
  'nova.own_inboxes())::uuid[]).';

create or replace function nova.own_backfills() returns uuid[]
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(c.id), '{}') from public.flux_inbox_configurations c
   where c.inbox_id = any ((select nova.own_inboxes())::uuid[])
$$;
comment on function nova.own_backfills() is 'The backfills of the inboxes of who calls. For policies.';

create or replace function nova.sees_all_mail() returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from pg_roles r join pg_class c on c.oid = 'public.flux_inboxes'::regclass
     where r.rolname = case current_setting('role') when 'none' then session_user else current_setting('role') end
       and (r.rolsuper or r.rolbypassrls or pg_has_role(r.oid, c.relowner, 'usage')
            or pg_has_role(r.oid, to_regrole('service_role')::oid, 'usage')
            or exists (select from nova.worker_roles w where w.name = r.rolname)))
$$;
comment on function nova.sees_all_mail() is
  'Whether policies keep no mail from who calls: the owner, service_role, a node. Also asked by functions that run '
  'with their owner''s rights, so it is the role that was set that counts.';

create or replace function nova.readable_inboxes(p_inbox uuid) returns uuid[]
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select case when nova.sees_all_mail() then
                case when p_inbox is not null then array[p_inbox]
                     else array(select i.id from public.flux_inboxes i order by i.id) end
              when p_inbox is null then nova.own_inboxes()
              else array(select p_inbox where p_inbox = any (nova.own_inboxes())) end
$$;
comment on function nova.readable_inboxes(uuid) is
  'Of an inbox, or (null) of all, those that the caller may read.';

do $$
declare
  v_table text;
  v_condition text;
begin
  for v_table, v_condition in
    select t.name, t.condition from (values
      ('flux_inboxes', 'id = any ((select nova.own_inboxes())::uuid[])'),
      ('flux_email_folders', null), ('flux_email_threads', null), ('flux_email_messages', null),
      ('flux_email_attachments', null), ('flux_inbox_configurations', null), ('inbox_sync_stats', null),
      ('backfill_windows', 'config_id = any ((select nova.own_backfills())::uuid[])'),
      ('backfill_estimates', 'config_id = any ((select nova.own_backfills())::uuid[])')) t (name, condition)
  loop
    execute format('drop policy if exists nova_readers on public.%I', v_table);
    execute format('create policy nova_readers on public.%I for select to authenticated using (%s)', v_table,
                   coalesce(v_condition, 'inbox_id = any ((select nova.own_inboxes())::uuid[])'));
  end loop;
end
$$;
revoke all on function nova.caller_tenant(), nova.own_inboxes(), nova.own_backfills(), nova.sees_all_mail(),
  nova.readable_inboxes(uuid) from public;
select nova.grant_rights('authenticated', 'select', 'public.flux_inboxes', 'public.flux_email_folders',
  'public.flux_email_threads', 'public.flux_email_messages', 'public.flux_email_attachments',
  'public.flux_inbox_configurations', 'public.inbox_sync_stats', 'public.backfill_windows',
  'public.backfill_estimates', 'public.sync_progress');
select nova.grant_calls('authenticated', 'nova.own_inboxes()', 'nova.own_backfills()');

-- What a front end asks the tables for. None begins with a column that another index of its table begins with.
create index if not exists flux_email_threads_unread on public.flux_email_threads (inbox_id, latest_message_at)
  where unread;
create index if not exists flux_email_threads_starred on public.flux_email_threads (inbox_id, latest_message_at)
  where starred;
create index if not exists flux_email_messages_id on public.flux_email_messages (id);
create index if not exists flux_email_messages_attached
  on public.flux_email_messages (uuid_hash(inbox_id), message_date) where has_attachments and deleted_at is null;
select nova.mark_names();
