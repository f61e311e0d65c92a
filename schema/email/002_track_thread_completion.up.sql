-- The state machine of a backfill, its counts, and when it is complete.
--
--   idle -> pending -> discovering -> thread_sync -> completed
--             ^            |              |  ^           |
--             |            +--- failed <--+  +-----------+  (reopened: a retry, a repair)
--             +------------------- any of the three that run <-> paused; all but completed -> cancelled
--   thread_sync and completed -> discovering when the provider has more to show than it had (nova.discover_again)
--
-- Completion takes the configuration's row lock in one statement and tests in the next, which has a
-- snapshot of its own. One UPDATE ... WHERE NOT EXISTS is wrong in READ COMMITTED: after a wait
-- PostgreSQL checks the row again, but keeps the old snapshot for the sub-select. Whoever creates
-- or reopens work takes the same lock first.
select nova.expect_names('acknowledge_thread_job()');

create or replace function nova.backfill_may_move(p_from text, p_to text) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case p_from
    when 'idle' then p_to in ('pending', 'cancelled')
    when 'pending' then p_to in ('discovering', 'paused', 'failed', 'cancelled')
    when 'discovering' then p_to in ('thread_sync', 'paused', 'failed', 'cancelled')
    when 'thread_sync' then p_to in ('completed', 'discovering', 'paused', 'failed', 'cancelled')
    when 'paused' then p_to in ('pending', 'discovering', 'thread_sync', 'failed', 'cancelled')
    when 'failed' then p_to in ('pending', 'discovering', 'thread_sync', 'cancelled')
    when 'completed' then p_to in ('thread_sync', 'discovering')
    else false
  end
$$;
comment on function nova.backfill_may_move is 'The moves that a backfill can make; cancelled is final.';

create or replace function nova.check_backfill_move() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not nova.backfill_may_move(old.backfill_status, new.backfill_status) then
    raise exception 'backfill % cannot move from % to %', old.id, old.backfill_status, new.backfill_status
      using errcode = 'NV007',
      hint = 'See its moves: select * from sync_transitions where subject_id = ''' || old.id || '''';
  end if;
  if new.backfill_status = 'discovering' then
    new.backfill_started_at := coalesce(old.backfill_started_at, now());
  end if;
  new.backfill_completed_at := case when new.backfill_status = 'completed' then now() end;
  new.error_message := case when new.backfill_status = 'failed'
                            then nullif(current_setting('nova.move_why', true), '') end;
  new.updated_at := now();
  insert into public.sync_transitions (machine, subject_id, from_status, to_status, moved_by, why)
  values ('backfill', old.id, old.backfill_status, new.backfill_status,
          coalesce(nullif(current_setting('nova.move_who', true), ''), session_user),
          coalesce(current_setting('nova.move_why', true), ''));
  update public.inbox_sync_stats
     set backfill_status = new.backfill_status, sync_started_at = new.backfill_started_at,
         sync_completed_at = new.backfill_completed_at, updated_at = now()
   where config_id = old.id;
  return new;
end
$$;
comment on function nova.check_backfill_move is
  'Refuses what the machine does not allow (NV007), whoever writes the column; keeps times, log and statistics.';

create or replace trigger check_backfill_move before update of backfill_status on public.flux_inbox_configurations
  for each row when (old.backfill_status is distinct from new.backfill_status)
  execute function nova.check_backfill_move();

create or replace function nova.start_backfill_stats() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.inbox_sync_stats (config_id, inbox_id, backfill_status)
  select id, inbox_id, backfill_status from inserted
      on conflict (config_id) do nothing;
  return null;
end
$$;
comment on function nova.start_backfill_stats is 'Every configuration has its row of statistics from the start.';

create or replace trigger start_backfill_stats after insert on public.flux_inbox_configurations
  referencing new table as inserted for each statement execute function nova.start_backfill_stats();

create or replace function nova.move_backfill(p_config_id uuid, p_to text, p_who text, p_why text default '')
returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_from text;
begin
  select c.backfill_status into v_from from public.flux_inbox_configurations c
   where c.id = p_config_id for no key update;
  if not found then
    raise exception 'there is no backfill %', p_config_id
      using errcode = 'NV005', hint = 'List them: select id, backfill_status from flux_inbox_configurations';
  end if;
  if v_from = p_to then
    return false;
  end if;
  perform set_config('nova.move_who', p_who, true), set_config('nova.move_why', p_why, true);
  update public.flux_inbox_configurations set backfill_status = p_to where id = p_config_id;
  perform set_config('nova.move_who', '', true), set_config('nova.move_why', '', true);
  -- Who saw it done sees it fall back no more when it is reopened.
  if p_to = 'completed' then
    update public.backfill_estimates e set percent = 100 where e.config_id = p_config_id;
  end if;
  return true;
end
$$;
comment on function nova.move_backfill is
  'The way to move a backfill: locks it, moves it, logs who and why. False when it was there already. NV005 '
  'unknown, NV007 not allowed.';

-- Counts: one UPDATE of statistics for each statement, never one for each thread.

create or replace function nova.count_threads() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_config uuid[];
  v_total bigint[];
  v_processing bigint[];
  v_completed bigint[];
  v_failed bigint[];
  v_messages bigint[];
begin
  if tg_op = 'INSERT' then
    select array_agg(d.config_id), array_agg(d.total), array_agg(d.processing), array_agg(d.completed),
           array_agg(d.failed), array_agg(d.messages)
      into v_config, v_total, v_processing, v_completed, v_failed, v_messages
      from (select t.config_id, count(*) as total, count(*) filter (where t.status = 'processing') as processing,
                   count(*) filter (where t.status = 'completed') as completed,
                   count(*) filter (where t.status = 'failed') as failed, sum(t.messages_synced) as messages
              from new_rows t group by t.config_id) d;
  elsif tg_op = 'DELETE' then
    select array_agg(d.config_id), array_agg(-d.total), array_agg(-d.processing), array_agg(-d.completed),
           array_agg(-d.failed), array_agg(-d.messages)
      into v_config, v_total, v_processing, v_completed, v_failed, v_messages
      from (select t.config_id, count(*) as total, count(*) filter (where t.status = 'processing') as processing,
                   count(*) filter (where t.status = 'completed') as completed,
                   count(*) filter (where t.status = 'failed') as failed, sum(t.messages_synced) as messages
              from old_rows t group by t.config_id) d;
  else
    select array_agg(d.config_id), array_agg(d.total), array_agg(d.processing), array_agg(d.completed),
           array_agg(d.failed), array_agg(d.messages)
      into v_config, v_total, v_processing, v_completed, v_failed, v_messages
      from (select t.config_id, sum(t.sign) as total,
                   coalesce(sum(t.sign) filter (where t.status = 'processing'), 0) as processing,
                   coalesce(sum(t.sign) filter (where t.status = 'completed'), 0) as completed,
                   coalesce(sum(t.sign) filter (where t.status = 'failed'), 0) as failed,
                   sum(t.sign * t.messages_synced) as messages
              from (select n.config_id, n.status, n.messages_synced, 1 as sign from new_rows n
                    union all
                    select o.config_id, o.status, o.messages_synced, -1 from old_rows o) t
             group by t.config_id) d;
  end if;
  if v_config is null then
    return null; -- a statement that wrote no row
  end if;
  if array_length(v_config, 1) > 1 then
    -- In id order, so that two statements over the same configurations cannot wait for each other.
    perform from public.inbox_sync_stats s where s.config_id = any (v_config) order by s.config_id for no key update;
  end if;
  update public.inbox_sync_stats s
     set threads_queued = nullif(coalesce(s.threads_queued, 0) + d.total, 0),
         threads_processing = s.threads_processing + d.processing,
         threads_completed = s.threads_completed + d.completed,
         threads_failed = s.threads_failed + d.failed,
         messages_synced = s.messages_synced + d.messages,
         updated_at = now()
    from unnest(v_config, v_total, v_processing, v_completed, v_failed, v_messages)
      d (config_id, total, processing, completed, failed, messages)
   where s.config_id = d.config_id;
  return null;
end
$$;
comment on function nova.count_threads is 'Adds what one statement changed in queued_threads to inbox_sync_stats.';

create or replace trigger count_inserted_threads after insert on public.queued_threads
  referencing new table as new_rows for each statement execute function nova.count_threads();
create or replace trigger count_updated_threads after update on public.queued_threads
  referencing old table as old_rows new table as new_rows for each statement execute function nova.count_threads();
create or replace trigger count_deleted_threads after delete on public.queued_threads
  referencing old table as old_rows for each statement execute function nova.count_threads();

create or replace function nova.refresh_backfill_progress(p_config_id uuid) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update public.flux_inbox_configurations c
     set backfill_progress = c.backfill_progress || jsonb_build_object(
           'threads_queued', coalesce(s.threads_queued, 0), 'threads_completed', s.threads_completed,
           'threads_failed', s.threads_failed, 'total_messages_synced', s.messages_synced),
         updated_at = now()
    from public.inbox_sync_stats s
   where c.id = p_config_id and s.config_id = c.id
     and (c.backfill_progress->'threads_queued', c.backfill_progress->'threads_completed',
          c.backfill_progress->'threads_failed', c.backfill_progress->'total_messages_synced')
         is distinct from (to_jsonb(coalesce(s.threads_queued, 0)), to_jsonb(s.threads_completed),
                           to_jsonb(s.threads_failed), to_jsonb(s.messages_synced))
$$;
comment on function nova.refresh_backfill_progress is
  'Copies the counts into backfill_progress; writes nothing when they are there already.';

create or replace function nova.try_complete_backfill(p_config_id uuid, p_who text default 'completion_monitor')
returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform from public.flux_inbox_configurations c where c.id = p_config_id for no key update;
  perform from public.flux_inbox_configurations c
    where c.id = p_config_id and c.backfill_status = 'thread_sync' and c.discovery_done;
  if not found then
    return false;
  end if;
  -- The counting trigger of queued_threads holds this row for whoever writes there without the lock
  -- above, such as a plain INSERT.
  perform from public.inbox_sync_stats s where s.config_id = p_config_id for no key update;
  perform from public.queued_threads q where q.config_id = p_config_id and q.status in ('queued', 'processing') limit 1;
  if found then
    return false;
  end if;
  perform nova.refresh_backfill_progress(p_config_id);
  return nova.move_backfill(p_config_id, 'completed', p_who, 'every thread is completed or failed');
end
$$;
comment on function nova.try_complete_backfill is
  'Lock first, test in the next statement. True when this call completed the backfill.';

create or replace function public.acknowledge_thread_job(
  p_msg_id bigint, p_config_id uuid, p_thread_id text, p_messages_synced integer default 0,
  p_success boolean default true, p_error_message text default null) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_changed boolean;
begin
  perform from public.flux_inbox_configurations c where c.id = p_config_id for no key update;
  update public.queued_threads q
     set status = case when p_success then 'completed' else 'failed' end, messages_synced = p_messages_synced,
         processed_at = now(), claim_token = null, claim_node = null, claimed_at = null,
         error_message = case when not p_success then coalesce(p_error_message, 'no reason was given') end
   where q.config_id = p_config_id and q.thread_id = p_thread_id and q.status in ('queued', 'processing');
  v_changed := found;
  if p_msg_id is not null then
    perform pgmq_public.delete('thread_sync_jobs', p_msg_id);
  end if;
  perform nova.refresh_backfill_progress(p_config_id);
  if nova.try_complete_backfill(p_config_id, 'acknowledge_thread_job') then
    raise log 'backfill % is complete', p_config_id;
  end if;
  return v_changed;
end
$$;
comment on function public.acknowledge_thread_job is
  'For other programs: ends a thread and its message of thread_sync_jobs, counts it once however often it is '
  'called, completes the backfill with its last thread. False when the thread had ended already.';

create sequence if not exists nova.claim_tokens;
comment on sequence nova.claim_tokens is 'Fencing tokens of claims on threads; a later claim has a greater one.';

do $$
begin
  revoke all on function public.acknowledge_thread_job from public;
  if to_regrole('anon') is not null then
    revoke all on function public.acknowledge_thread_job from anon, authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant execute on function public.acknowledge_thread_job to service_role;
  end if;
end
$$;
revoke all on all functions in schema nova from public;
select nova.mark_names();
