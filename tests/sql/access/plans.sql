-- What a front end asks for is looked up, not walked: however much there is beside it, a page touches so many blocks.
set client_min_messages = warning;
select plan(22);
insert into flux_inboxes (id, email, grant_id, user_id)
values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1', 'ann'),
       ('00000000-0000-0000-0000-00000000000b', 'bob@example.com', 'g2', 'bob');
-- One in 500 is unread, starred, of a rare folder, of a rare participant; those are the oldest.
insert into flux_email_threads (inbox_id, nylas_thread_id, message_count, unread, starred, latest_message_at, folders,
                                participants)
select i.id, i.user_id || n, 1, n > 19960, n > 19960, now() - n * interval '1 minute',
       case when n > 19960 then '["RARE"]' else '["INBOX"]' end::jsonb,
       jsonb_build_array(jsonb_build_object('email', i.email),
                         jsonb_build_object('email', case when n > 19960 then 'rare' else 'p' || n % 9 end || '@x.net'))
  from flux_inboxes i, generate_series(1, 20000) n;
insert into flux_email_messages (inbox_id, nylas_message_id, nylas_thread_id, lo, hi, subject, message_date,
                                 has_attachments)
select t.inbox_id, 'm' || t.nylas_thread_id, t.nylas_thread_id, 1, 2, 'contract', t.latest_message_at, t.unread
  from flux_email_threads t;
insert into flux_email_search (inbox_id, nylas_message_id, nylas_thread_id, message_date, content)
select m.inbox_id, m.nylas_message_id, m.nylas_thread_id, m.message_date,
       to_tsvector('simple', 'contract ' || case when m.has_attachments then 'rareword' else '' end)
  from flux_email_messages m;
vacuum analyze flux_email_threads, flux_email_messages, flux_email_search, nova.thread_labels, flux_inboxes;
select id as thread from flux_email_threads where nylas_thread_id = 'ann19990' \gset
select id as message from flux_email_messages where nylas_message_id = 'mann19990' \gset

-- As the user that a browser is; the least of several times: what a session reads of the catalog is not counted.
create function pg_temp.touched(p_statement text, out blocks bigint, out plan text) language plpgsql as $$
declare
  v_plan json;
begin
  perform set_config('request.jwt.claims', '{"sub":"ann"}', true);
  set local role authenticated;
  for i in 1..4 loop
    execute 'explain (analyze, buffers, format json) ' || p_statement into v_plan;
    blocks := least(blocks, (v_plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::bigint
                            + (v_plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::bigint);
  end loop;
  reset role;
  plan := (v_plan -> 0 -> 'Plan')::text;
end $$;
\set ann '''00000000-0000-0000-0000-00000000000a'''
create temp table asked (what text, statement text, most integer, index text);
insert into asked
select what, replace(statement, 'INBOX_ID', quote_literal(:ann)), most, index from (values
  ('newest threads', 'select * from flux_email_threads where inbox_id = INBOX_ID '
                     'order by latest_message_at desc limit 50', 150, 'flux_email_threads_latest'),
  ('unread threads', 'select * from flux_email_threads where inbox_id = INBOX_ID and unread '
                     'order by latest_message_at desc limit 50', 150, 'flux_email_threads_unread'),
  ('starred threads', 'select * from flux_email_threads where inbox_id = INBOX_ID and starred '
                      'order by latest_message_at desc limit 50', 150, 'flux_email_threads_starred'),
  ('a message by id', 'select * from flux_email_messages where id = ' || quote_literal(:'message'), 40,
   'flux_email_messages_id'),
  ('messages of a thread', 'select * from flux_email_messages where nylas_thread_id = ''ann19990''', 40,
   'flux_email_messages_thread'),
  ('a thread by id', 'select * from flux_email_threads where id = ' || quote_literal(:'thread'), 40,
   'flux_email_threads_pkey'),
  ('mail_threads', 'select * from mail_threads()', 400, null),
  ('mail_threads, unread', 'select * from mail_threads(unread => true)', 500, null),
  ('mail_threads, a folder', 'select * from mail_threads(folder => ''INBOX'')', 500, null),
  ('mail_threads, a rare folder', 'select * from mail_threads(folder => ''RARE'')', 500, null),
  ('mail_threads, a participant', 'select * from mail_threads(participant => ''RARE@x.net'')', 500, null),
  ('mail_threads, a frequent one in a rare folder',
   'select * from mail_threads(participant => ''ann@example.com'', folder => ''RARE'')', 1200, null),
  ('mail_threads, deep', 'select * from mail_threads(folder => ''INBOX'', before => now() - interval ''9 days'')', 500,
   null),
  ('mail_messages', 'select * from mail_messages()', 400, null),
  ('mail_messages, attached', 'select * from mail_messages(attached => true)', 400, null),
  ('mail_thread_messages', 'select * from mail_thread_messages(' || quote_literal(:'thread') || ')', 100, null),
  ('mail_counts', 'select * from mail_counts()', 300, null),
  ('a rare word', 'select * from mail_search(''rarew'')', 1500, null),
  ('a word of every message', 'select * from mail_search(''contract'')', 5000, null))
  a (what, statement, most, index);
select ok(t.blocks <= a.most and (a.index is null or t.plan ~ format('"Index Name": *"%s"', a.index)),
          a.what || ' touches ' || a.most || ' blocks at most')
  from asked a cross join lateral pg_temp.touched(a.statement) t;
select ok((select t.plan ~ 'InitPlan'
             from pg_temp.touched('select * from flux_email_threads where inbox_id = ' || quote_literal(:ann)) t),
          'who calls is asked once a statement');
-- A walk is seen: this is one.
select cmp_ok((select blocks from pg_temp.touched('select count(subject) from flux_email_messages')), '>', 500::bigint,
              'a walk of all would be noticed');
select is((select count(*) from mail_search('contract', :ann) where not ranked), 50::bigint,
          'a word of more than 10,000 messages comes newest first and says so');
select * from finish();
