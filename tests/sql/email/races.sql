-- Completion while another session has not committed yet: see 002_track_thread_completion.
-- The other session is dblink's.
set client_min_messages = warning;
select plan(9);

insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
insert into flux_inbox_configurations (id, inbox_id, backfill_start, backfill_end)
values ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-00000000000a', now() - interval '1 day',
        now());
select nova.move_backfill('00000000-0000-0000-0000-0000000000c1', 'pending', 'test') \g /dev/null

create procedure pg_temp.reset() language plpgsql as $$
begin
  delete from public.queued_threads;
  if (select backfill_status = 'completed' from public.flux_inbox_configurations) then
    perform nova.move_backfill('00000000-0000-0000-0000-0000000000c1', 'thread_sync', 'test');
  end if;
  insert into public.queued_threads (config_id, thread_id, status, processed_at)
  values ('00000000-0000-0000-0000-0000000000c1', 't1', 'completed', now()),
         ('00000000-0000-0000-0000-0000000000c1', 't2', 'failed', now());
end
$$;
select transition_to_thread_sync('00000000-0000-0000-0000-0000000000c1') \g /dev/null

-- The other session decides, this one holds its transaction open until the other waits or has decided.
create function pg_temp.decide_meanwhile(p_decision text) returns void language plpgsql as $$
begin
  perform tap.dblink_send_query('decider', p_decision);
  for i in 1..1000 loop
    exit when tap.dblink_is_busy('decider') = 0
      or exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database());
    perform pg_sleep(0.01);
    perform pg_stat_clear_snapshot();
  end loop;
end
$$;
create function pg_temp.premature() returns boolean language plpgsql as $$
begin
  perform * from tap.dblink_get_result('decider') r (x text);
  perform * from tap.dblink_get_result('decider') r (x text);
  return exists (select from public.flux_inbox_configurations c where c.backfill_status = 'completed'
    and exists (select from public.queued_threads q where q.config_id = c.id and q.status in ('queued', 'processing')));
end
$$;
select tap.dblink_connect('decider', current_setting('nova_test.connection')) \g /dev/null

select $$select nova.try_complete_backfill('00000000-0000-0000-0000-0000000000c1')::text$$ as right,
       $$update public.flux_inbox_configurations c set backfill_status = 'completed'
          where backfill_status = 'thread_sync' and discovery_done
            and not exists (select from public.queued_threads q
                             where q.config_id = c.id and q.status in ('queued', 'processing'))
         returning 'x'$$ as wrong \gset

call pg_temp.reset();
begin;
insert into queued_threads (config_id, thread_id) values ('00000000-0000-0000-0000-0000000000c1', 't3');
select pg_temp.decide_meanwhile(:'wrong') \g /dev/null
commit;
select ok(pg_temp.premature(), 'one UPDATE overlooks an insert that is not committed yet');
call pg_temp.reset();
begin;
insert into queued_threads (config_id, thread_id) values ('00000000-0000-0000-0000-0000000000c1', 't3');
select pg_temp.decide_meanwhile(:'right') \g /dev/null
commit;
select ok(not pg_temp.premature(), 'nova.try_complete_backfill does not, even if that was a plain insert');

call pg_temp.reset();
begin;
select 1 from flux_inbox_configurations for no key update \g /dev/null
update queued_threads set status = 'queued' where thread_id = 't2';
select pg_temp.decide_meanwhile(:'wrong') \g /dev/null
commit;
select ok(pg_temp.premature(), 'one UPDATE waits for a lock and then decides by its old snapshot');
call pg_temp.reset();
begin;
select 1 from flux_inbox_configurations for no key update \g /dev/null
update queued_threads set status = 'queued' where thread_id = 't2';
select pg_temp.decide_meanwhile(:'right') \g /dev/null
commit;
select ok(not pg_temp.premature(), 'lock first, test in the next statement');

call pg_temp.reset();
begin;
update flux_inbox_configurations set updated_at = now();
update queued_threads set status = 'queued' where thread_id = 't2';
select pg_temp.decide_meanwhile(:'wrong') \g /dev/null
commit;
select ok(pg_temp.premature(),
          'one UPDATE is wrong too when the other side updated the row: only that row is read again');
call pg_temp.reset();
begin;
select nova.retry_failed_threads('00000000-0000-0000-0000-0000000000c1', null, 'test') \g /dev/null
select pg_temp.decide_meanwhile(:'right') \g /dev/null
commit;
select ok(not pg_temp.premature(), 'a retry of failed threads');

call pg_temp.reset();
select is(nova.try_complete_backfill('00000000-0000-0000-0000-0000000000c1'), true, 'without a race it completes');
select is(nova.try_complete_backfill('00000000-0000-0000-0000-0000000000c1'), false, 'once');

-- A thread is stored and completed while a page that names its messages is recorded: it is not done again.
delete from queued_threads;
insert into queued_threads (config_id, thread_id, status, claim_token, claimed_at)
values ('00000000-0000-0000-0000-0000000000c1', 't1', 'processing', 7, now());
begin;
insert into flux_email_messages (inbox_id, nylas_message_id, nylas_thread_id, lo, hi)
values ('00000000-0000-0000-0000-00000000000a', 'm1', 't1', 1, 2);
update queued_threads set status = 'completed', claim_token = null, claimed_at = null, processed_at = now()
 where thread_id = 't1';
select pg_temp.decide_meanwhile($$select nova.queue_threads(c, array['t1'], array[0::bigint], array['m1'], array['t1'],
                                                            true)::text
                                    from public.flux_inbox_configurations c$$) \g /dev/null
commit;
select pg_temp.premature() \g /dev/null
select is((select status from queued_threads where thread_id = 't1'), 'completed',
          'who names the messages of a thread that is just completed sees them stored');

select * from finish();
