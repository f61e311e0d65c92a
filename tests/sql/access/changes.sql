-- The feed of changes: what is committed late is not left out, and who cannot be told is told so.
set client_min_messages = warning;
select plan(28);
insert into flux_inboxes (id, email, grant_id, user_id)
values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1', 'ann'),
       ('00000000-0000-0000-0000-00000000000b', 'bob@example.com', 'g2', 'bob');
create function pg_temp.write(p_inbox text, p_id text) returns text language sql as $$
  select format('insert into flux_email_messages (inbox_id, nylas_message_id, nylas_thread_id, lo, hi) '
                'values (''00000000-0000-0000-0000-00000000000%s'', %L, ''t'', 1, 2) '
                'on conflict (nylas_message_id, inbox_id) do update set starred = true, '
                'changed_in = pg_current_xact_id()', p_inbox, p_id)
$$;
create function pg_temp.done(p_connection text, p_statement text) returns void language plpgsql as $$
begin
  perform dblink_exec(p_connection, p_statement);
end $$;
-- Each call is a statement of its own, with a snapshot of its own.
create temp table reader (name text primary key, at text);
insert into reader select n, (select c.position from nova.changes() c) from unnest(array['all', 'a', 'b']) n;
create function pg_temp.read(p_name text default 'all', p_limit integer default 1000) returns text
language plpgsql as $$
declare
  v_row record;
  v_all text[] := '{}';
begin
  for v_row in select * from nova.changes((select r.at from reader r where r.name = p_name), p_limit,
                                          case when p_name <> 'all' then
                                            ('00000000-0000-0000-0000-00000000000' || p_name)::uuid end) loop
    update reader r set at = v_row.position where r.name = p_name;
    if v_row.kind <> 'position' then
      v_all := v_all || concat_ws(' ', v_row.kind, v_row.key, v_row.op);
    end if;
  end loop;
  return array_to_string(v_all, ', ');
end $$;
select dblink_connect(n, current_setting('nova_test.connection')) from unnest(array['early', 'late']) n \g /dev/null

select is(pg_temp.read(), '', 'who begins now is told nothing of before');
select pg_temp.done('early', pg_temp.write('a', 'm1')) \g /dev/null
select is(pg_temp.read(), 'message m1 changed', 'a message that came');
select is(pg_temp.read(), '', 'once');
select pg_temp.done('late', 'begin'), pg_temp.done('late', pg_temp.write('a', 'late')),
       pg_temp.done('early', pg_temp.write('a', 'early')) \g /dev/null
select is(pg_temp.read(), '', 'nothing is told of what is younger than a transaction that still runs');
select pg_temp.done('late', 'commit') \g /dev/null
select is(pg_temp.read(), 'message late changed, message early changed',
          'then both, in the order of their transactions');
select pg_temp.done('late', 'begin'), pg_temp.done('late', pg_temp.write('a', 'taken back')),
       pg_temp.done('late', 'rollback') \g /dev/null
select is(pg_temp.read(), '', 'what was taken back was never there');

insert into flux_email_threads (inbox_id, nylas_thread_id, message_count) select id, 't', 1 from flux_inboxes;
insert into flux_email_folders (inbox_id, nylas_folder_id) values ('00000000-0000-0000-0000-00000000000a', 'f');
insert into flux_inbox_configurations (id, inbox_id, backfill_start, backfill_end)
values ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-00000000000a', now() - interval '1 day',
        now());
insert into nova.mail_certificate_events (inbox_id, day, what, previous, hash)
values ('00000000-0000-0000-0000-00000000000a', '2026-01-01', '{}', '', '');
select matches(pg_temp.read(), '^thread t changed, thread t changed, folder f changed, '
               'backfill 00000000-0000-0000-0000-0000000000c1 changed, certificate [0-9]{19} changed$',
               'threads, folders, backfills and certificates too');
update flux_email_folders set name = 'x';
update flux_inbox_configurations set error_message = 'x';
update flux_email_threads set unread = true where inbox_id = '00000000-0000-0000-0000-00000000000b';
select is(pg_temp.read(), 'folder f changed, backfill 00000000-0000-0000-0000-0000000000c1 changed, thread t changed',
          'whenever they change');
update flux_email_messages set deleted_at = now(), changed_in = pg_current_xact_id() where nylas_message_id = 'm1';
update flux_email_threads set message_count = 0 where inbox_id = '00000000-0000-0000-0000-00000000000a';
update flux_email_folders set deleted_at = now();
select is(pg_temp.read(), 'message m1 deleted, thread t deleted, folder f deleted', 'what is deleted is told');
select is(pg_temp.read('b'), 'thread t changed', 'who follows one inbox is told of that');
select matches(pg_temp.read('a'), '^message late changed, message early changed, certificate [0-9]+ changed, '
               'backfill [-0-9a-c]+ changed, message m1 deleted, thread t deleted, folder f deleted$',
               'of all that changed meanwhile, each as it is now');

-- Page by page, also within one transaction, and past what is another's.
do $$
begin
  for i in 1..30 loop
    execute pg_temp.write('a', 'many' || i);
  end loop;
end $$;
create function pg_temp.read_all(p_name text, p_limit integer) returns text language plpgsql as $$
declare
  v_all text := '';
  v_one text;
  v_before text;
begin
  loop
    v_before := (select r.at from reader r where r.name = p_name);
    v_one := pg_temp.read(p_name, p_limit);
    v_all := concat_ws(', ', nullif(v_all, ''), nullif(v_one, ''));
    exit when (select r.at from reader r where r.name = p_name) = v_before;
  end loop;
  return v_all;
end $$;
select is(cardinality(string_to_array(pg_temp.read_all('all', 7), ', ')), 30, 'page by page none is left out');
select is(pg_temp.read_all('b', 1), '', 'what is another inbox''s is passed');
select is((select count(distinct key) from nova.changes('start')), 37::bigint, 'from the beginning all there is');

-- Who has the rights of a user is told of the own inboxes.
create function pg_temp.as_user(p_user text, p_inbox uuid default null) returns text language plpgsql as $$
declare
  v_all text;
begin
  perform set_config('request.jwt.claims', jsonb_build_object('sub', p_user)::text, true);
  set local role authenticated;
  select string_agg(distinct coalesce(right(c.inbox_id::text, 1), c.kind || c.op), ' ') into v_all
    from mail_changes('start', p_inbox) c;
  reset role;
  return v_all;
end $$;
select is(pg_temp.as_user('ann'), 'a position', 'a user is told of the own inbox');
select is(pg_temp.as_user('eve'), 'position', 'a stranger of none');
select is(pg_temp.as_user('bob', '00000000-0000-0000-0000-00000000000a'), 'resyncremoved', 'another''s is like none');

select is((select kind || ' ' || op from nova.changes('1-1-1-0:5:0:00000000-0000-0000-0000-000000000000:')),
          'resync restored', 'of another database nothing can be told');
select is((select kind || ' ' || op
             from nova.changes(nova.change_epoch() || ':999999999999:0:00000000-0000-0000-0000-000000000000:')),
          'resync restored', 'nor of a time to come, which one that was set back has had');
update nova.database_identity set fencing_base = fencing_base + (1::bigint << 40);
select is(pg_temp.read(), 'resync restored', 'nor of a time before a restore');
select is(pg_temp.read(), '', 'who began anew goes on');
select is((select op from nova.changes(p_inbox => gen_random_uuid())), 'removed', 'nor of an inbox that is not there');
update reader set at = (select at from reader where name = 'all');
delete from flux_email_messages where nylas_message_id = 'many7';
select is(pg_temp.read('b'), '', 'what is deleted for good concerns nobody else');
select is(pg_temp.read('a'), 'resync deleted', 'who has not read up to then is told to begin anew');
delete from flux_inboxes where id = '00000000-0000-0000-0000-00000000000b';
select is(pg_temp.read('b'), 'resync removed', 'an inbox that is gone is told');
select throws_ok($$select from nova.changes('nonsense')$$, '22023', null, 'what is no position is told');

-- Hints, while somebody waits for them.
select dblink_exec('early', 'listen nova_changes') \g /dev/null
select pg_temp.done('late', pg_temp.write('a', 'unseen')) \g /dev/null
select is((select count(*) from dblink_get_notify('early')), 0::bigint, 'who does not say so is not told');
select nova.await_changes('test', '1 minute') \g /dev/null
select pg_temp.done('late', pg_temp.write('a', 'seen')) \g /dev/null
select is((select count(*) from dblink_get_notify('early')), 1::bigint, 'who waits is');
select dblink_disconnect(n) from unnest(array['early', 'late']) n \g /dev/null
select * from finish();
