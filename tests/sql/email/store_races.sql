-- Two sessions store one message that nobody has: who comes second finds that out when it inserts. The other session
-- is dblink's.
set client_min_messages = warning;
select plan(5);
insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');

-- Messages in one thread, seen at one time; what they say is the time.
create function pg_temp.storing(p_ids text[], p_thread text, p_seen bigint) returns text language sql as $$
  select format(
    'select inserted || '' inserted, '' || replaced || '' replaced, '' || ignored || '' ignored''
       from nova.store_messages(
         array_fill(''00000000-0000-0000-0000-00000000000a''::uuid, %1$L), %2$L::text[], array_fill(%3$L::text, %1$L),
         array_fill(%4$L::text, %1$L), array_fill(''''::text, %1$L), array_fill(''b''::text, %1$L),
         array_fill(''[{"email":"%4$s@example.com","name":""}]''::text, %1$L), array_fill(''[]''::text, %1$L),
         array_fill(''[]''::text, %1$L), array_fill(''[]''::text, %1$L), array_fill(''[]''::text, %1$L),
         array_fill(''[{"id":"a"}]''::text, %1$L), array_fill(''["INBOX"]''::text, %1$L),
         array_fill(''{}''::text, %1$L), array_fill(%4$L::bigint, %1$L), array_fill(true, %1$L),
         array_fill(false, %1$L), array_fill(32767::bigint, %1$L), array_fill(decode(%4$L, ''hex''), %1$L),
         array_fill(decode(''00'', ''hex''), %1$L), array_fill(%4$L::bigint, %1$L), array_fill(%4$L::bigint, %1$L),
         array_fill(''backfill''::text, %1$L), array_fill(''''::text, %1$L))',
    array[cardinality(p_ids)], p_ids, p_thread, p_seen)
$$;
create function pg_temp.stored(p_statement text) returns text language plpgsql as $$
declare
  v_said text;
begin
  execute p_statement into v_said;
  return v_said;
end
$$;
create function pg_temp.store_meanwhile(p_statement text) returns boolean language plpgsql as $$
begin
  perform tap.dblink_send_query('other', p_statement);
  for i in 1..1000 loop
    exit when exists (select from pg_stat_activity
                       where wait_event_type = 'Lock' and datname = current_database());
    perform pg_sleep(0.01);
    perform pg_stat_clear_snapshot();
  end loop;
  return exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database());
end
$$;
create function pg_temp.said() returns text language plpgsql as $$
declare
  v_said text;
begin
  select r.x into v_said from tap.dblink_get_result('other') r (x text);
  perform * from tap.dblink_get_result('other') r (x text);
  return v_said;
end
$$;
select tap.dblink_connect('other', current_setting('nova_test.connection')) \g /dev/null

begin;
select pg_temp.stored(pg_temp.storing('{m2}', 't1', 10)) \g /dev/null
select ok(pg_temp.store_meanwhile(pg_temp.storing('{m1,m2,m3}', 't2', 20)),
          'who stores the same message waits for who was first');
commit;
select is(pg_temp.said(), '2 inserted, 1 replaced, 0 ignored', 'then it is known, and the newer one is taken');
begin;
select pg_temp.stored(pg_temp.storing('{n1,n3}', 't1', 40)) \g /dev/null
select pg_temp.store_meanwhile(pg_temp.storing('{n1,n2,n3,n4}', 't3', 30)) \g /dev/null
commit;
select is(pg_temp.said(), '2 inserted, 0 replaced, 2 ignored', 'or the older one is not');
select is((select string_agg(m.nylas_message_id || ' ' || m.nylas_thread_id || ' ' || m.subject || ' '
                             || (select count(*) from flux_email_attachments a
                                  where a.nylas_message_id = m.nylas_message_id), ', ' order by m.nylas_message_id)
             from flux_email_messages m),
          'm1 t2 20 1, m2 t2 20 1, m3 t2 20 1, n1 t1 40 1, n2 t3 30 1, n3 t1 40 1, n4 t3 30 1',
          'each is there once, with its attachments');
create temporary view facts as
select nylas_thread_id, message_count, unread, starred, has_attachments, earliest_message_at, latest_message_at,
       subject, snippet, participants, folders
  from flux_email_threads;
create temporary table were as select * from facts;
select nova.recompute_threads(array_agg(t.inbox_id), array_agg(t.nylas_thread_id))
  from flux_email_threads t \g /dev/null
select is((select string_agg(format('%s, but should be %s', w, f), E'\n')
             from were w full join facts f using (nylas_thread_id) where w is distinct from f), null,
          'and counts once in its thread');

select * from finish();
