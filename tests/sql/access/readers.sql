-- Who sees what of mail, as a matrix: who asks × whose inbox × what. The owner and everybody of the inbox's tenant
-- read it; nobody else sees that it is there, and nobody writes.
set client_min_messages = warning;
select plan(24);
select nova.set_rights() \g /dev/null

insert into flux_inboxes (id, email, grant_id, user_id, tenant_id)
values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'ga', 'ann', null),
       ('00000000-0000-0000-0000-00000000000b', 'bob@example.com', 'gb', 'bob', null),
       ('00000000-0000-0000-0000-00000000000c', 'team@example.com', 'gc', null, 'acme'),
       ('00000000-0000-0000-0000-00000000000d', 'none@example.com', 'gd', null, null);
insert into flux_email_threads (inbox_id, nylas_thread_id, message_count, unread, latest_message_at, folders,
                                participants)
select i.id, 't', 1, true, now(), '["INBOX"]', '[{"email":"eve@example.net","name":"Eve"}]' from flux_inboxes i;
insert into flux_email_messages (inbox_id, nylas_message_id, nylas_thread_id, lo, hi, subject, message_date,
                                 has_attachments, body)
select i.id, 'm', 't', 1, 2, 'The offer', now(), true, 'A secret harbour' from flux_inboxes i;
insert into flux_email_attachments (inbox_id, nylas_message_id, position) select i.id, 'm', 0 from flux_inboxes i;
insert into flux_email_folders (inbox_id, nylas_folder_id, name) select i.id, 'INBOX', 'Inbox' from flux_inboxes i;
insert into flux_inbox_configurations (inbox_id, backfill_start, backfill_end)
select i.id, now() - interval '1 day', now() from flux_inboxes i;
insert into backfill_windows (config_id, window_start, window_end)
select c.id, c.backfill_start, c.backfill_end from flux_inbox_configurations c;
insert into backfill_estimates (config_id) select c.id from flux_inbox_configurations c;
do $$ begin while nova.fill_search(100) > 0 loop null; end loop; end $$;

create table things (name text, what text);
insert into things
select t, format('select %s from %I', case t when 'flux_inboxes' then 'id' else 'inbox_id' end, t)
  from unnest(array['flux_inboxes', 'flux_email_threads', 'flux_email_messages', 'flux_email_attachments',
                    'flux_email_folders', 'flux_inbox_configurations', 'inbox_sync_stats', 'sync_progress']) t
union all
select t, format('select c.inbox_id from %I b join flux_inbox_configurations c on c.id = b.config_id', t)
  from unnest(array['backfill_windows', 'backfill_estimates']) t
union all values
  ('mail_threads', 'select inbox_id from mail_threads()'),
  ('a folder', 'select inbox_id from mail_threads(folder => ''INBOX'', unread => true)'),
  ('mail_messages', 'select inbox_id from mail_messages(attached => true)'),
  ('mail_counts', 'select inbox_id from mail_counts() where folder_id is not null'),
  ('mail_search', 'select inbox_id from mail_search(''harb'')'),
  ('a thread', 'select m.inbox_id from flux_email_threads t, mail_thread_messages(t.id) m'),
  ('thread_messages', 'select m.inbox_id from flux_email_threads t, thread_messages(t) m'),
  ('message_thread', 'select t.inbox_id from flux_email_messages m, message_thread(m) t');
grant select on things to authenticated, service_role;

-- What of all things somebody sees, each inbox by the last letter of its id.
create function pg_temp.sees(p_role text, p_claims jsonb) returns text language plpgsql as $$
declare
  v_thing record;
  v_seen text;
  v_all text[] := '{}';
begin
  perform set_config('request.jwt.claims', coalesce(p_claims::text, ''), true);
  execute format('set local role %I', p_role);
  for v_thing in select name, what from things loop
    begin
      execute format('select coalesce(string_agg(distinct right(i::text, 1), '''' order by right(i::text, 1)), ''-'') '
                     'from (%s) x (i)', v_thing.what) into v_seen;
    exception when insufficient_privilege then
      v_seen := '42501';
    end;
    v_all := v_all || v_seen;
  end loop;
  reset role;
  return (select string_agg(distinct a, ' ') from unnest(v_all) a);
end $$;
select is(pg_temp.sees('authenticated', '{"sub":"ann"}'), 'a', 'an owner sees the own inbox, of every thing');
select is(pg_temp.sees('authenticated', '{"sub":"bob"}'), 'b', 'so does another');
select is(pg_temp.sees('authenticated', '{"sub":"x","app_metadata":{"tenant_id":"acme"}}'), 'c',
          'everybody of a tenant sees its inboxes');
select is(pg_temp.sees('authenticated', '{"sub":"ann","app_metadata":{"tenant_id":"acme"}}'), 'ac', 'and the own');
select is(pg_temp.sees('authenticated', '{"sub":"ann","user_metadata":{"tenant_id":"acme"}}'), 'a',
          'what users may write of themselves says nothing');
select is(pg_temp.sees('authenticated', '{"sub":"eve"}'), '-', 'a stranger sees nothing');
select is(pg_temp.sees('authenticated', '{}'), '-', 'nor does who has no name');
select is(pg_temp.sees('authenticated', null), '-', 'nor who has no token');
select is(pg_temp.sees('service_role', null), 'abcd', 'the service sees all');
select throws_ok($$select pg_temp.sees('anon', '{"sub":"ann"}')$$, '42501', null,
                 'who is not signed in reaches nothing');

create function pg_temp.as_ann(p_statement text) returns text language plpgsql as $$
declare
  v_rows bigint;
begin
  perform set_config('request.jwt.claims', '{"sub":"ann"}', true);
  set local role authenticated;
  execute p_statement;
  get diagnostics v_rows = row_count;
  reset role;
  return v_rows;
exception when others then
  return sqlstate;
end $$;
select is(pg_temp.as_ann(format('%s', s)), '42501', s) from unnest(array[
  'update flux_email_messages set unread = false', 'delete from flux_email_threads',
  'insert into flux_email_folders (inbox_id, nylas_folder_id) values (gen_random_uuid(), ''x'')',
  'update flux_inboxes set user_id = ''ann''', 'select from flux_email_search', 'select from queued_threads',
  'select from flux_webhook_notifications', 'select from sync_transitions', 'select from nova.thread_labels',
  'select nova.own_inboxes()', 'select nova.readable_inboxes(null)']) s;
select is(pg_temp.as_ann($$select from mail_threads(inbox => '00000000-0000-0000-0000-00000000000b')$$), '0',
          'an inbox of another is like none');
select is(pg_temp.as_ann($$select from mail_thread_messages(
            (select id from flux_email_threads where inbox_id = '00000000-0000-0000-0000-00000000000b'))$$), '0',
          'a thread of another too');
select is(pg_temp.as_ann('select from flux_inboxes where user_id <> ''ann'' or (1 / (length(user_id) - 3)) > 5'),
          '22012', 'a condition that fails fails on the own rows only');
select * from finish();
