-- The functions that the documents name, for other programs and for operators.
select nova.expect_names('backfill_estimates', 'backfill_estimates_pkey', 'get_sync_progress()',
  'get_webhook_metrics()', 'initialize_sync_stats()', 'sync_progress',
  'insert_queued_thread_idempotent()', 'queue_thread_sync()', 'transition_to_thread_sync()',
  'update_backfill_orchestration_progress()');

create table if not exists public.backfill_estimates (
  config_id uuid primary key references public.flux_inbox_configurations on delete cascade,
  percent numeric(5, 2) not null default 0,
  eta timestamptz,
  eta_low timestamptz,
  eta_high timestamptz,
  usable_at timestamptz,
  usable boolean not null default false,
  binds text not null default '',
  messages_expected bigint,
  updated_at timestamptz not null default now()
) with (fillfactor = 50);
comment on table public.backfill_estimates is
  'How far a backfill is and when it will be done, as of the last look of a node, a few seconds ago; for progress '
  'bars. Of one that is over the last look stays.';
comment on column public.backfill_estimates.percent is 'Of the work, not of the threads found so far; it never falls.';
comment on column public.backfill_estimates.eta is
  'When all is expected to be there; within eta_low and eta_high in eight of ten cases. Null: not known yet, or it '
  'does not run.';
comment on column public.backfill_estimates.usable_at is
  'When the mail of the newest thirty days is stored; with usable it is, since then.';
comment on column public.backfill_estimates.binds is
  'What it waits for: as nova.grant_paces.binds; or queue, paused, inbox (not active), provider (away).';
comment on column public.backfill_estimates.messages_expected is 'In the whole range, those that are stored included.';

create or replace function public.initialize_sync_stats(p_config_id uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform from public.flux_inbox_configurations c where c.id = p_config_id for no key update;
  insert into public.inbox_sync_stats (config_id, inbox_id, backfill_status, threads_queued, threads_processing,
    threads_completed, threads_failed, messages_synced, sync_started_at, sync_completed_at)
  select c.id, c.inbox_id, c.backfill_status, nullif(count(q.config_id), 0),
         count(*) filter (where q.status = 'processing'), count(*) filter (where q.status = 'completed'),
         count(*) filter (where q.status = 'failed'), coalesce(sum(q.messages_synced), 0), c.backfill_started_at,
         c.backfill_completed_at
    from public.flux_inbox_configurations c left join public.queued_threads q on q.config_id = c.id
   where c.id = p_config_id
   group by c.id
      on conflict (config_id) do nothing;
end
$$;
comment on function public.initialize_sync_stats is
  'Makes sure that a backfill has its row of inbox_sync_stats; a trigger already gives each one.';

create or replace function public.insert_queued_thread_idempotent(
  p_config_id uuid, p_thread_id text, p_latest_message_at timestamptz default null) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.lock_backfill(p_config_id, array['idle', 'pending', 'discovering', 'thread_sync', 'paused']);
  insert into public.queued_threads (config_id, thread_id, latest_message_at)
  values (p_config_id, p_thread_id, p_latest_message_at)
      on conflict (config_id, thread_id) do nothing;
  return found;
end
$$;
comment on function public.insert_queued_thread_idempotent is
  'Adds a thread to a backfill that is not over. True when it was not in it yet; again has no effect. NV005, NV008.';

create or replace function public.transition_to_thread_sync(p_config_id uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_config public.flux_inbox_configurations;
begin
  v_config := nova.lock_backfill(p_config_id, array['pending', 'discovering', 'thread_sync']);
  if v_config.backfill_status = 'pending' then
    perform nova.move_backfill(p_config_id, 'discovering', session_user, 'transition_to_thread_sync');
  end if;
  update public.flux_inbox_configurations c set discovery_done = true where c.id = p_config_id and not c.discovery_done;
  if nova.move_backfill(p_config_id, 'thread_sync', session_user, 'transition_to_thread_sync') then
    perform pg_notify('nova_threads', '');
    return true;
  end if;
  return false;
end
$$;
comment on function public.transition_to_thread_sync is
  'Says that every thread of a backfill is queued: from here it can complete. False when it was there '
  'already. NV005, NV008.';

create or replace function nova.accept_thread_jobs(p_config_id uuid, p_thread_id text[], p_sent_at timestamptz[])
returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_config public.flux_inbox_configurations;
  v_count bigint;
begin
  v_config := nova.lock_backfill(p_config_id, array['pending', 'discovering', 'thread_sync', 'paused', 'completed']);
  insert into public.queued_threads as q (config_id, thread_id)
  select distinct on (g.id collate "C") p_config_id, g.id
    from unnest(p_thread_id, p_sent_at) g (id, sent_at) order by g.id collate "C"
      on conflict (config_id, thread_id) do update
     set status = 'queued', attempts = 0, next_attempt_at = '-infinity', processed_at = null, error_message = null
   where q.status in ('completed', 'failed')
     and q.processed_at < (select max(g.sent_at) from unnest(p_thread_id, p_sent_at) g (id, sent_at)
                            where g.id = q.thread_id);
  get diagnostics v_count = row_count;
  if v_count > 0 and v_config.backfill_status = 'completed' then
    perform nova.move_backfill(p_config_id, 'thread_sync', 'thread_sync_jobs', v_count || ' threads were queued again');
  end if;
  if v_count > 0 then
    perform pg_notify('nova_threads', '');
  end if;
  return v_count;
end
$$;
comment on function nova.accept_thread_jobs is
  'Turns jobs of thread_sync_jobs into rows to claim: new threads, and ended ones whose end is older than '
  'their job. Reopens a completed backfill. Returns how many.';

create or replace function public.queue_thread_sync(
  p_config_id uuid, p_thread_id text, p_inbox_id uuid default null, p_grant_id text default null,
  p_delay_seconds integer default 0)
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_msg_id bigint;
begin
  perform nova.accept_thread_jobs(p_config_id, array[p_thread_id], array['infinity'::timestamptz]);
  if p_delay_seconds > 0 then
    update public.queued_threads q set next_attempt_at = now() + p_delay_seconds * interval '1 second'
     where q.config_id = p_config_id and q.thread_id = p_thread_id and q.status = 'queued';
  end if;
  select s.id into v_msg_id
    from public.flux_inbox_configurations c
    join public.flux_inboxes i on i.id = c.inbox_id,
         lateral pgmq.send('thread_sync_jobs', jsonb_build_object(
           'config_id', c.id, 'thread_id', p_thread_id, 'inbox_id', coalesce(p_inbox_id, i.id),
           'grant_id', coalesce(p_grant_id, i.grant_id)), p_delay_seconds) s (id)
   where c.id = p_config_id;
  return v_msg_id;
end
$$;
comment on function public.queue_thread_sync is
  'Asks for a thread to be synced (again) as part of a backfill, reopening it when it was completed. Returns '
  'the message of thread_sync_jobs. NV005, NV008.';

create or replace function public.update_backfill_orchestration_progress(p_config_id uuid, p_progress jsonb)
returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_progress jsonb;
begin
  update public.flux_inbox_configurations c
     set backfill_progress = c.backfill_progress || p_progress, updated_at = now()
   where c.id = p_config_id;
  if not found then
    raise exception 'there is no backfill %', coalesce(p_config_id::text, 'null') using errcode = 'NV005',
      hint = 'List them: select id, backfill_status from flux_inbox_configurations';
  end if;
  perform nova.refresh_backfill_progress(p_config_id);
  select c.backfill_progress into v_progress from public.flux_inbox_configurations c where c.id = p_config_id;
  return v_progress;
end
$$;
comment on function public.update_backfill_orchestration_progress is
  'Merges keys, such as a checkpoint, into backfill_progress and returns it. The four counts are always those '
  'of the rows. NV005.';

create or replace view public.sync_progress with (security_invoker = true) as
select s.config_id, s.inbox_id, i.email, s.backfill_status, coalesce(s.threads_queued, 0) as threads_queued,
       coalesce(s.threads_queued, 0) - s.threads_processing - s.threads_completed - s.threads_failed as threads_pending,
       s.threads_processing, s.threads_completed, s.threads_failed, s.messages_synced,
       -- Without a node that looks, the share of the threads, once all of them are found.
       case when s.backfill_status = 'completed' then 100.00
            when e.config_id is not null then e.percent
            when c.discovery_done
            then round(least(coalesce((s.threads_completed + s.threads_failed)::numeric / s.threads_queued * 100, 0),
                             99.9), 2)
            else 0.00 end as percent_complete,
       w.windows, w.listed as windows_listed, s.sync_started_at, s.sync_completed_at, c.gaps,
       case when r.runs then e.eta end as eta, case when r.runs then e.eta_low end as eta_low,
       case when r.runs then e.eta_high end as eta_high, case when r.runs or e.usable then e.usable_at end as usable_at,
       coalesce(e.usable, false) as usable,
       case when r.runs then coalesce(e.binds, '') when s.backfill_status = 'paused' then 'paused' else '' end as binds,
       e.messages_expected
  from public.inbox_sync_stats s
  join public.flux_inboxes i on i.id = s.inbox_id
  join public.flux_inbox_configurations c on c.id = s.config_id
  left join public.backfill_estimates e on e.config_id = s.config_id
 cross join lateral (select s.backfill_status in ('pending', 'discovering', 'thread_sync') as runs) r
 cross join lateral (select count(*) as windows, count(w.listed_at) as listed
                       from public.backfill_windows w
                      where w.config_id = s.config_id) w;
comment on view public.sync_progress is
  'How far each backfill is and when it will be done (see backfill_estimates), and what of its range could not '
  'be had (gaps, see flux_inbox_configurations).';

create or replace function public.get_sync_progress(p_config_id uuid) returns setof public.sync_progress
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.* from public.sync_progress p where p.config_id = p_config_id
$$;
comment on function public.get_sync_progress(uuid) is
  'How far a backfill is and when it will be done: its row of sync_progress; no row when there is none of that id.';

create or replace function public.get_sync_progress(config_id text) returns setof public.sync_progress
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.* from public.flux_inbox_configurations c join public.sync_progress p on p.config_id = c.id
   where c.id::text = lower(get_sync_progress.config_id)
$$;
comment on function public.get_sync_progress(text) is
  'As the form for a uuid; text that is none finds no row. Of an API''s call by names this is the one.';

create or replace function public.get_webhook_metrics(time_window interval default '1 hour')
returns table (notification_type text, total bigint, processed bigint, ignored bigint, errors bigint, pending bigint,
  duplicates bigint, error_rate numeric, avg_duration_ms numeric, p95_duration_ms numeric,
  oldest_pending_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select n.notification_type, count(*), count(*) filter (where n.status = 'processed'),
         count(*) filter (where n.status = 'ignored'), count(*) filter (where n.status = 'error'),
         count(*) filter (where n.status = 'pending'), sum(n.deliveries - 1),
         round(100.0 * count(*) filter (where n.status = 'error') / count(*), 2),
         round(avg(n.processing_duration_ms), 2),
         round((percentile_cont(0.95) within group (order by n.processing_duration_ms))::numeric, 2),
         min(n.received_at) filter (where n.status = 'pending')
    from public.flux_webhook_notifications n
   where n.received_at > now() - time_window
   group by n.notification_type order by n.notification_type
$$;
comment on function public.get_webhook_metrics is
  'What became of the notifications that arrived within time_window, a row for each type.';

create or replace function nova.refresh_progress(p_config_id uuid default null) returns setof uuid
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_id uuid;
begin
  for v_id in
    select c.id from public.flux_inbox_configurations c
     where c.id = p_config_id
        or p_config_id is null and c.backfill_status in ('pending', 'discovering', 'thread_sync')
     order by c.id
  loop
    perform nova.refresh_backfill_progress(v_id);
    return next v_id;
  end loop;
end
$$;
comment on function nova.refresh_progress is
  'Copies the counts of one backfill, or (null) of all that run, into their backfill_progress.';

create or replace function nova.recover_premature_completions() returns setof uuid
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_id uuid;
begin
  for v_id in
    select c.id from public.flux_inbox_configurations c
     where c.backfill_status = 'completed'
       and exists (select from public.queued_threads q
                    where q.config_id = c.id and q.status in ('queued', 'processing'))
     order by c.id
  loop
    -- Locked first and tested again: what reopens work moves the backfill in its own transaction.
    perform from public.flux_inbox_configurations c where c.id = v_id for no key update;
    if exists (select from public.flux_inbox_configurations c
                where c.id = v_id and c.backfill_status = 'completed'
                  and exists (select from public.queued_threads q
                               where q.config_id = c.id and q.status in ('queued', 'processing'))) then
      perform nova.move_backfill(v_id, 'thread_sync', 'recovery', 'completed with unfinished threads');
      return next v_id;
    end if;
  end loop;
end
$$;
comment on function nova.recover_premature_completions is
  'Reopens backfills that are completed while threads of theirs are not. An alarm: it must find none.';

create or replace function nova.set_inbox_status(p_grant_id text, p_status text, p_reason text, p_who text)
returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_inbox public.flux_inboxes;
begin
  select * into v_inbox from public.flux_inboxes i where i.grant_id = p_grant_id for no key update;
  -- A grant that works again does not undo what an operator decided.
  if not found or v_inbox.status = p_status or v_inbox.status in ('disabled', 'removed') then
    return false;
  end if;
  update public.flux_inboxes i
     set status = p_status, status_reason = p_reason, status_changed_at = now(), updated_at = now(),
         last_swept_at = case when p_status = 'active' then null else i.last_swept_at end
   where i.id = v_inbox.id;
  insert into public.sync_transitions (machine, subject_id, from_status, to_status, moved_by, why)
  values ('inbox', v_inbox.id, v_inbox.status, p_status, p_who, p_reason);
  if p_status = 'active' then
    perform pg_notify('nova_threads', '');
  end if;
  return true;
end
$$;
comment on function nova.set_inbox_status is
  'Moves the inbox of a grant between active and auth_expired (and to disabled). Back to active makes its '
  'sweep due, to close the gap. False when nothing changed.';

create or replace function nova.add_inbox(p_email text, p_grant_id text, p_provider text, p_replace boolean,
                                          out inbox public.flux_inboxes, out former_grant text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_known public.flux_inboxes;
  v_address constant text := lower(p_email collate "C");
begin
  -- One at a time, so that no two find the same inbox free.
  perform pg_advisory_xact_lock(hashtext('nova.add_inbox'));
  select i.* into v_known from public.flux_inboxes i where i.grant_id = p_grant_id for no key update;
  if found and lower(v_known.email collate "C") <> v_address then
    inbox := v_known;
    return;
  end if;
  if not found then
    select i.* into v_known from public.flux_inboxes i
     where lower(i.email collate "C") = v_address
       -- `nylas` is said of a mailbox whose provider nobody named.
       and (p_replace or i.provider in ('', 'nylas', p_provider) or p_provider in ('', 'nylas'))
       and (p_replace or not exists (select from public.flux_inboxes o
                                      where lower(o.email collate "C") = v_address and o.status = 'active'))
     order by i.status = 'active' desc, i.status_changed_at desc, i.id limit 1 for no key update;
  end if;
  if not found then
    insert into public.flux_inboxes (email, grant_id, provider) values (p_email, p_grant_id, p_provider)
    returning * into inbox;
    return;
  end if;
  update public.flux_inboxes i
     set grant_id = p_grant_id, provider = coalesce(nullif(p_provider, ''), i.provider), status = 'active',
         status_reason = '', status_changed_at = now(), updated_at = now(), last_swept_at = null,
         sweep_claimed_until = null, folders_due_at = now()
   where i.id = v_known.id returning i.* into inbox;
  if v_known.grant_id <> p_grant_id then
    former_grant := v_known.grant_id;
    delete from nova.provider_outages o where o.scope = 'grant' and o.subject = former_grant;
  end if;
  if v_known.status <> 'active' or former_grant is not null then
    insert into public.sync_transitions (machine, subject_id, from_status, to_status, moved_by, why)
    values ('inbox', inbox.id, v_known.status, 'active', 'operator',
            coalesce('grant ' || p_grant_id || ' follows ' || former_grant, 'added again'));
    perform pg_notify('nova_threads', '');
  end if;
end
$$;
comment on function nova.add_inbox is
  'Connects a mailbox. The inbox of that grant is active again; else one of that address and provider that is '
  'not in use, or with p_replace any of that address, goes on with the grant, and former_grant is what it had; '
  'else there is a new one. A grant of another address stays as it is, and that inbox is returned.';

do $$
declare
  v_function regprocedure;
begin
  alter table public.backfill_estimates enable row level security;
  revoke all on public.backfill_estimates, public.sync_progress from public;
  if to_regrole('anon') is not null then
    revoke all on public.backfill_estimates, public.sync_progress from anon, authenticated;
  end if;
  if to_regrole('service_role') is not null then
    grant select on public.sync_progress to service_role;
    grant select, insert, update, delete on public.backfill_estimates to service_role;
  end if;
  foreach v_function in array array['public.initialize_sync_stats(uuid)',
      'public.insert_queued_thread_idempotent(uuid, text, timestamptz)',
      'public.transition_to_thread_sync(uuid)', 'public.queue_thread_sync(uuid, text, uuid, text, integer)',
      'public.update_backfill_orchestration_progress(uuid, jsonb)', 'public.get_sync_progress(uuid)',
      'public.get_sync_progress(text)', 'public.get_webhook_metrics(interval)']::regprocedure[] loop
    execute format('revoke all on function %s from public', v_function);
    if to_regrole('anon') is not null then
      execute format('revoke all on function %s from anon, authenticated', v_function);
    end if;
    if to_regrole('service_role') is not null then
      execute format('grant execute on function %s to service_role', v_function);
    end if;
  end loop;
end
$$;
revoke all on all functions in schema nova from public;
select nova.mark_names();
