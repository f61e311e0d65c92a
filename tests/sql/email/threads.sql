-- A thread's row is an aggregate of its messages, however they came.
set client_min_messages = warning;
select plan(10);
insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');

create function pg_temp.store(p_id text, p_thread text, p_date bigint, p_subject text, p_from text, p_folders text,
                              p_version bigint)
returns integer
language sql as $$
  select inserted
    from nova.store_messages('{00000000-0000-0000-0000-00000000000a}', array[p_id], array[p_thread], array[p_subject],
                             array['about ' || p_subject], '{b}', array[p_from], '{[]}', '{[]}', '{[]}', '{[]}',
                             array[case when p_version % 7 = 0 then '[{"id":"a"}]' else '[]' end], array[p_folders],
                             '{"{}"}', array[p_date], array[p_version % 3 = 0], array[p_version % 5 = 0], '{32767}',
                             array[sha256((p_subject || p_from || p_folders || p_date || p_version)::bytea)],
                             array[sha256(p_version::text::bytea)], array[p_version], array[p_version], '{backfill}',
                             '{""}')
$$;
create function pg_temp.thread(p_id text) returns flux_email_threads language sql as $$
  select t from flux_email_threads t where t.nylas_thread_id = p_id
$$;
create temporary view facts as
select nylas_thread_id, message_count, unread, starred, has_attachments, earliest_message_at, latest_message_at,
       subject, snippet, participants, folders
  from flux_email_threads;
create function pg_temp.wrong() returns setof text language plpgsql as $$
begin
  create temporary table were on commit drop as select * from facts;
  perform nova.recompute_threads(array_agg(t.inbox_id), array_agg(t.nylas_thread_id)) from flux_email_threads t;
  return query select format('%s, but should be %s', w, f) from were w full join facts f using (nylas_thread_id)
                where w is distinct from f;
  drop table were;
end
$$;

select pg_temp.store('m2', 't1', 200, 'second', '[{"email":"Bob@example.com","name":"Bob"}]', '["INBOX"]',
                     10) \g /dev/null
select pg_temp.store('m1', 't1', 100, 'first', '[{"email":"bob@example.com","name":"Bob Builder"}]', '["Archive"]',
                     10) \g /dev/null
select is((pg_temp.thread('t1')).subject, 'second', 'an older message that comes later leaves the subject');
select is((pg_temp.thread('t1')).participants, '[{"email":"bob@example.com","name":"Bob Builder"}]',
          'its sender''s longer name is taken, once an address');
select is((pg_temp.thread('t1')).folders, '["Archive","INBOX"]', 'and its folder');
select is((pg_temp.thread('t1')).earliest_message_at, to_timestamp(100), 'and its date');
select pg_temp.store('m3', 't1', 200, 'of the same second', '[]', '[]', 10) \g /dev/null
select is((pg_temp.thread('t1')).subject, 'of the same second', 'of one second the greater id is the later');
select pg_temp.store('m0', 't1', 200, 'not the later', '[]', '[]', 10) \g /dev/null
select is((pg_temp.thread('t1')).subject, 'of the same second', 'whichever came first');
select is((pg_temp.thread('t1')).message_count, 4, 'all are counted');

-- Any message of any thread; half of them are undated.
create function pg_temp.store_any(p_id text, p_thread text, p_version bigint) returns integer language sql as $$
  select pg_temp.store(p_id, p_thread,
                       case when random() < 0.5 then 1000000000000 else floor(random() * 40)::bigint end,
                       's' || floor(random() * 50),
                       (array['[]', '[{"email":"a@example.com","name":""}]', '[{"email":"A@example.com","name":"Ann"}]',
                              '[{"email":"a@example.com","name":"Bea"}]',
                              '[{"email":"b@example.com","name":"B"},{"email":"","name":"nobody"}]'])
                         [1 + floor(random() * 5)],
                       (array['[]', '["INBOX"]', '["INBOX","B"]', '["A"]'])[1 + floor(random() * 4)], p_version)
$$;
select setseed(0.4) \g /dev/null
select count(pg_temp.store_any('n' || n, 'u' || floor(random() * 300), 20 + n))
  from generate_series(1, 1000) n \g /dev/null
select is((select string_agg(w, E'\n') from pg_temp.wrong() w), null,
          'a thread is what its new messages make it, in any order');
select count(pg_temp.store_any('r' || floor(random() * 400), 't' || floor(random() * 30), 20 + n))
  from generate_series(1, 3000) n \g /dev/null
select is((select string_agg(w, E'\n') from pg_temp.wrong() w), null, 'also where messages change and move');

-- One more message in a long thread.
insert into flux_email_messages (inbox_id, lo, hi, nylas_message_id, nylas_thread_id, message_date)
select '00000000-0000-0000-0000-00000000000a', 1, 2, 'l' || i, 'long', to_timestamp(i) from generate_series(1, 2000) i;
select nova.recompute_threads(array[id], array['long']) from flux_inboxes \g /dev/null
create function pg_temp.rows_read() returns bigint language sql as $$
  select sum(coalesce(idx_tup_fetch, 0) + coalesce(seq_tup_read, 0))::bigint from pg_stat_xact_user_tables
   where relname = 'flux_email_messages'
$$;
begin;
select pg_temp.rows_read() as before \gset
select pg_temp.store('l', 'long', 5000, 'the next', '[]', '[]', 10) \g /dev/null
select cmp_ok(pg_temp.rows_read() - :before, '<', 10::bigint,
              'a message that is new costs nothing for those before it');
commit;
select * from finish();
