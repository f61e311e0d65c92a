-- inbox_sync_stats always says what the rows of queued_threads say, whoever writes them.
set client_min_messages = warning;
select plan(9);

insert into flux_inboxes (id, email, grant_id) values ('00000000-0000-0000-0000-00000000000a', 'ann@example.com', 'g1');
insert into flux_inbox_configurations (id, inbox_id, backfill_start, backfill_end)
select ('00000000-0000-0000-0000-0000000000c' || i)::uuid, '00000000-0000-0000-0000-00000000000a',
       now() - interval '1 day', now()
  from generate_series(1, 3) i;
create temporary view truth as
select c.id, nullif(count(q.config_id), 0) as queued, count(*) filter (where q.status = 'processing') as processing,
       count(*) filter (where q.status = 'completed') as completed,
       count(*) filter (where q.status = 'failed') as failed,
       coalesce(sum(q.messages_synced), 0)::bigint as messages
  from flux_inbox_configurations c left join queued_threads q on q.config_id = c.id group by c.id;
create function pg_temp.agrees(p_what text) returns text language sql as $$
  select set_eq($q$select config_id, threads_queued, threads_processing, threads_completed, threads_failed,
                          messages_synced
                     from inbox_sync_stats$q$, 'select * from truth', p_what)
$$;

select pg_temp.agrees('at the start');
insert into queued_threads (config_id, thread_id)
select ('00000000-0000-0000-0000-0000000000c' || 1 + i % 2)::uuid, 't' || i from generate_series(1, 100) i;
select pg_temp.agrees('after an insert into two backfills');
insert into queued_threads (config_id, thread_id)
select config_id, thread_id from queued_threads on conflict do nothing;
select pg_temp.agrees('after an insert that inserts nothing');
update queued_threads set status = 'processing', claim_token = 1 where thread_id < 't5';
select pg_temp.agrees('after a claim');
update queued_threads set status = 'completed', claim_token = null, messages_synced = length(thread_id)
 where thread_id < 't3';
update queued_threads set status = 'failed', claim_token = null where thread_id between 't3' and 't4';
select pg_temp.agrees('after ends of both kinds');
update queued_threads set latest_message_at = now();
select pg_temp.agrees('after an update of something else');
delete from queued_threads where thread_id > 't2' and thread_id < 't45';
select pg_temp.agrees('after a delete');
delete from queued_threads where config_id = '00000000-0000-0000-0000-0000000000c1';
select pg_temp.agrees('after a delete of all of one');
delete from flux_inbox_configurations where id = '00000000-0000-0000-0000-0000000000c2';
select pg_temp.agrees('after a backfill is gone with its threads');

select * from finish();
