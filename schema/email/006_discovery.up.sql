-- Discovery: how the mail and the threads of a backfill's range are found.
--
-- The range is cut into windows, weeks counted back from its end (nova.plan_windows). Each is listed page by page and
-- its cursor is the checkpoint (actors/discovery.hpp says what stands in it). Who lists a window
-- has claimed it; what an older claim still writes is refused.
--
--   pass 0      the range. Where it reaches to the present its newest window has no end.
--   pass n      all that is dated since pass n-1 began: what arrived, and which threads went on,
--               while that was listed. At least two, and more until one was quick.
--
-- Whatever the provider names as a thread's and is not stored yet is kept in queued_threads.named;
-- such a thread is completed when each of these messages is stored, or is excused by name.
--
-- The backfill runs under a lease; its row keeps the newest token, so that whoever lost the lease
-- and has not noticed claims nothing.

create or replace function nova.hold_discovery(p_token bigint, p_config_id uuid) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_newest bigint;
begin
  if p_token = 0 then
    return; -- a program without a cluster
  end if;
  select c.discovery_token into v_newest from public.flux_inbox_configurations c
   where c.id = p_config_id for no key update;
  if p_token is null or v_newest > p_token then
    raise exception 'backfill % is another worker''s by now', p_config_id
      using errcode = 'NV009', hint = 'Its lease was lost. Stop, and wait for it again.';
  elsif v_newest < p_token then
    update public.flux_inbox_configurations c set discovery_token = p_token where c.id = p_config_id;
  end if;
end
$$;
comment on function nova.hold_discovery is
  'Locks a backfill for the holder of that token. NV009: a newer one was here, or it is null. 0 is always let pass.';

create or replace function nova.discovery_overlap() returns interval
language sql immutable set search_path = pg_catalog, pg_temp as $$ select interval '5 minutes' $$;
comment on function nova.discovery_overlap is
  'How far a pass reaches back before the one before it began: the provider''s clock is not ours, and its '
  'lists lag. A pass that took less needs no other after it.';

create or replace function nova.passes_max() returns integer
language sql immutable set search_path = pg_catalog, pg_temp as $$ select 12 $$;
comment on function nova.passes_max is
  'So many passes at most; each covers the time that the one before took, so they shrink.';

create or replace function nova.plan_windows(p_config public.flux_inbox_configurations) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  insert into public.backfill_windows (config_id, window_start, window_end)
  select p_config.id, greatest(p_config.backfill_start, w.window_end - w.length),
         case when w.window_end = p_config.backfill_end
              and p_config.backfill_end >= p_config.created_at - nova.discovery_overlap()
              then 'infinity' else w.window_end end
    from (values (interval '0', interval '168 hours', 53), (interval '8904 hours', interval '672 hours', 52),
                 (interval '43848 hours', interval '4368 hours', 40),
                 (interval '218568 hours', interval '8760000 hours', 1)) piece (ago, length, windows),
         lateral (select p_config.backfill_end - piece.ago - n * piece.length as window_end, piece.length
                    from generate_series(0, piece.windows - 1) n) w
   where w.window_end > p_config.backfill_start
      on conflict (config_id, pass, window_start) do nothing
$$;
comment on function nova.plan_windows is
  'Cuts the range of a backfill into weeks, counted back from its end; what is older than a year, of which there may '
  'be decades without mail, into four weeks, older than five years into half years, and older than 25 into one. The '
  'newest has no end when the range ended no earlier than the backfill was asked for.';

create or replace function nova.begin_discovery(p_token bigint, p_config_id uuid) returns setof public.backfill_windows
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_config public.flux_inbox_configurations;
begin
  perform nova.hold_discovery(p_token, p_config_id);
  v_config := nova.lock_backfill(p_config_id, array['pending', 'discovering', 'thread_sync', 'completed', 'paused']);
  if v_config.backfill_status = 'pending' then
    perform nova.move_backfill(p_config_id, 'discovering', 'backfill', 'discovery begins');
    perform nova.plan_windows(v_config);
  end if;
  if v_config.backfill_status in ('pending', 'discovering') then
    return query select w.* from public.backfill_windows w
                  where w.config_id = p_config_id and w.listed_at is null order by w.pass, w.window_end desc;
  end if;
end
$$;
comment on function nova.begin_discovery is
  'Moves a pending backfill to discovering and plans its windows. Gives those that are not listed, newest '
  'first; none when it is past discovery or paused. NV009.';

create or replace function nova.claim_window(p_token bigint, p_config_id uuid, p_window_id bigint, p_node text)
returns setof public.backfill_windows
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.hold_discovery(p_token, p_config_id);
  perform nova.lock_backfill(p_config_id, array['discovering']);
  return query
    update public.backfill_windows w
       set token = nextval('nova.claim_tokens'), node = p_node, began_at = coalesce(w.began_at, clock_timestamp()),
           updated_at = now()
     where w.id = p_window_id and w.config_id = p_config_id and w.listed_at is null
    returning w.*;
end
$$;
comment on function nova.claim_window is
  'Gives a window to whoever lists it, p_node, with its new token; no row when it is listed by now. NV008 not '
  'discovering, NV009.';

create or replace function nova.stored_of(p_config_id uuid, p_inbox_id uuid, p_message_id text[], p_thread_id text[],
                                          p_whole boolean)
returns table (thread_id text, message_id text, stored boolean)
language sql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
set enable_mergejoin = off set enable_seqscan = off set jit = off as $$
  with names as materialized (
    select distinct n.message_id collate "C" as message_id, n.thread_id collate "C" as thread_id
      from unnest(p_message_id, p_thread_id) n (message_id, thread_id)),
  -- A thread at a time costs a tenth of a message at a time, but not where one of its thousand is asked for.
  stored as materialized (
    select t.thread_id, m.nylas_message_id as message_id
      from (select distinct n.thread_id from names n where p_whole) t
     cross join lateral (select x.nylas_message_id from public.flux_email_messages x
                          where x.nylas_thread_id = t.thread_id and x.inbox_id = p_inbox_id
                            and x.deleted_at is null and not x.provisional
                         offset 0) m
    union all
    select n.thread_id, n.message_id
      from (select n.thread_id, n.message_id from names n where not p_whole) n
     cross join lateral (select from public.flux_email_messages x
                          where x.nylas_message_id = n.message_id and x.inbox_id = p_inbox_id
                            and x.nylas_thread_id = n.thread_id
                            and x.deleted_at is null and not x.provisional
                         offset 0) m)
  select n.thread_id, n.message_id,
         s.message_id is not null
         or exists (select from nova.excused_messages e
                     where e.config_id = p_config_id and e.nylas_message_id = n.message_id)
    from names n left join stored s on s.thread_id = n.thread_id and s.message_id = n.message_id
$$;
comment on function nova.stored_of is
  'Whether each of these messages is stored in the thread that the provider names, or excused. p_whole: they '
  'are most of what their threads have.';

create or replace function nova.queue_threads(
  p_config public.flux_inbox_configurations, p_thread_id text[], p_latest bigint[], p_message_id text[],
  p_message_thread text[], p_check boolean)
returns bigint
language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
set enable_seqscan = off set jit = off as $$
declare
  v_left bigint;
begin
  -- Most pages of ids show nothing that is missing: they lock and count nothing.
  if p_check and not exists (
    select from nova.stored_of(p_config.id, p_config.inbox_id, p_message_id, p_message_thread, false) s
     where not s.stored) then
    return 0;
  end if;
  -- Who completes one of them has done so, or waits: what was stored by then is seen below, and no
  -- completed thread is queued again.
  perform from (select distinct t.id collate "C" as id from unnest(p_thread_id) t (id) order by 1) k
    cross join lateral (select from public.queued_threads q
                         where q.config_id = p_config.id and q.thread_id = k.id offset 0 for no key update) q;
  with listed as (
    select g.id collate "C" as id, to_timestamp(nullif(max(g.latest), 0)) as latest
      from unnest(p_thread_id, p_latest) g (id, latest) group by 1),
  names as (
    select s.thread_id collate "C" as id, count(*) as total,
           array_agg(s.message_id) filter (where not s.stored) as missing
      from nova.stored_of(p_config.id, p_config.inbox_id, p_message_id, p_message_thread, not p_check) s group by 1),
  found as (
    select l.id, l.latest, n.missing, case when n.total > 0 and n.missing is null then n.total end as whole
      from listed l left join names n on n.id = l.id where not p_check or n.missing is not null),
  written as (
    insert into public.queued_threads as q (config_id, thread_id, latest_message_at, status, messages_synced,
      processed_at, named)
    select p_config.id, f.id, f.latest, case when f.whole is null then 'queued' else 'completed' end,
           coalesce(f.whole, 0),
           case when f.whole is not null then now() end, f.missing
      from found f order by f.id
        on conflict (config_id, thread_id) do update
       set status = case when q.status = 'completed' then 'queued'
                         when excluded.status = 'completed' then 'completed'
                         else q.status end,
           messages_synced = case when excluded.status = 'completed' then excluded.messages_synced
                                  else q.messages_synced end,
           attempts = case when q.status = 'completed' then 0 else q.attempts end,
           next_attempt_at = case when q.status = 'completed' then '-infinity' else q.next_attempt_at end,
           processed_at = case when q.status = 'completed' then null else excluded.processed_at end,
           named = case when excluded.named is not null
                        then array(select distinct n.id from unnest(q.named || excluded.named) n (id) order by 1) end,
           latest_message_at = greatest(q.latest_message_at, excluded.latest_message_at)
     where q.status in ('queued', 'processing', 'completed') and excluded.named is not null
        or q.status = 'queued' and excluded.status = 'completed'
    returning q.status)
  select count(*) into v_left from written w where w.status = 'queued';
  return v_left;
end
$$;
comment on function nova.queue_threads is
  'Adds listed threads to a locked backfill; p_latest is in seconds, p_message_id[i] is what the provider '
  'names as of thread p_message_thread[i]. One of which all messages are stored needs no work; one that was '
  'completed and has more by now is done again. p_check: only those with messages that are not stored. '
  'Returns how many are to be synced.';

create or replace function nova.add_gap(p_config_id uuid, p_kind text, p_from timestamptz, p_to timestamptz,
                                        p_reason text, p_folder text default null)
returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update public.flux_inbox_configurations c
     set gaps = (select coalesce(jsonb_agg(g.gap), '[]') from jsonb_array_elements(c.gaps) g (gap)
                  where (g.gap->>'kind', (g.gap->>'from')::timestamptz, g.gap->>'folder')
                        is distinct from (p_kind, p_from, p_folder))
                || jsonb_strip_nulls(jsonb_build_object(
                     'kind', p_kind, 'from', p_from, 'to', case when isfinite(p_to) then p_to end,
                     'reason', left(p_reason, 1000), 'folder', p_folder)),
         updated_at = now()
   where c.id = p_config_id
$$;
comment on function nova.add_gap is
  'Notes that a part of the range could not be had; the same part again replaces its reason.';

create or replace function nova.finish_discovery(p_config public.flux_inbox_configurations) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from public.backfill_windows w where w.config_id = p_config.id and w.gave_up is null) then
    perform nova.move_backfill(p_config.id, 'failed', 'backfill',
      (select min(w.gave_up) from public.backfill_windows w where w.config_id = p_config.id));
    return;
  end if;
  -- Threads that no list of threads named: their latest message is after the range, or their mail
  -- was listed without them, as Google's always is. Of hers one has the id of its first message: where
  -- that is not stored, the thread may have begun before the range.
  insert into public.queued_threads (config_id, thread_id, latest_message_at, status, messages_synced, processed_at)
  select p_config.id, t.nylas_thread_id, t.latest_message_at, case when w.whole then 'completed' else 'queued' end,
         case when w.whole then t.message_count else 0 end, case when w.whole then now() end
    from public.flux_email_threads t
    join public.flux_inboxes i on i.id = t.inbox_id
   cross join lateral (select i.provider <> 'google' or exists (
                         select from public.flux_email_messages m
                          where m.nylas_message_id = t.nylas_thread_id and m.inbox_id = t.inbox_id
                         offset 0) as whole) w
   where t.inbox_id = p_config.inbox_id and t.latest_message_at >= p_config.backfill_start and t.message_count > 0
     and t.earliest_message_at < (select max(w.window_end) from public.backfill_windows w
                                   where w.config_id = p_config.id)
   order by t.nylas_thread_id
      on conflict (config_id, thread_id) do nothing;
  perform pg_notify('nova_threads', '');
  update public.flux_inbox_configurations c set discovery_done = true, updated_at = now() where c.id = p_config.id;
  if p_config.backfill_status = 'discovering' then
    perform nova.move_backfill(p_config.id, 'thread_sync', 'backfill', 'every window is listed');
  end if;
end
$$;
comment on function nova.finish_discovery is
  'Ends the discovery of a locked backfill; one of which no window could be listed has failed.';

create or replace function nova.end_pass(p_config public.flux_inbox_configurations) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_pass smallint;
  v_began timestamptz;
begin
  if exists (select from public.backfill_windows w where w.config_id = p_config.id and w.listed_at is null) then
    return false;
  end if;
  select w.pass, min(w.began_at) into v_pass, v_began
    from public.backfill_windows w where w.config_id = p_config.id group by w.pass order by w.pass desc limit 1;
  if exists (select from public.backfill_windows w where w.config_id = p_config.id and w.window_end = 'infinity')
     and (v_pass < 2 or v_pass < nova.passes_max() and clock_timestamp() - v_began > nova.discovery_overlap()) then
    insert into public.backfill_windows (config_id, pass, window_start, window_end)
    values (p_config.id, v_pass + 1, v_began - nova.discovery_overlap(), 'infinity');
    return false;
  end if;
  perform nova.finish_discovery(p_config);
  return true;
end
$$;
comment on function nova.end_pass is
  'With the last window of a pass of a locked backfill: plans the next, or ends discovery. True when it ended.';

create or replace function nova.turn_page(
  p_config public.flux_inbox_configurations, p_window_id bigint, p_token bigint, p_cursor text, p_next_cursor text,
  p_pages integer, p_threads integer)
returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_window public.backfill_windows;
begin
  update public.backfill_windows w
     set cursor = p_next_cursor, pages = w.pages + p_pages, threads_listed = w.threads_listed + p_threads,
         listed_at = case when p_next_cursor = '' then now() end, updated_at = now()
   where w.id = p_window_id and w.config_id = p_config.id and w.token = p_token and w.cursor = p_cursor
     and w.listed_at is null
  returning w.* into v_window;
  if not found then
    raise exception 'window % of backfill % is no longer at this page', p_window_id, p_config.id
      using errcode = 'NV009', hint = 'Another worker has it. Take the windows that are left and go on there.';
  end if;
  update public.flux_inbox_configurations c
     set attempts = 0, updated_at = now(),
         backfill_progress = c.backfill_progress
           || jsonb_build_object(
                'threads_queued', coalesce(s.threads_queued, 0),
                'checkpoint', jsonb_build_object('window', p_window_id, 'cursor', p_next_cursor,
                                                 'pages', v_window.pages, 'window_start', v_window.window_start,
                                                 'window_end', v_window.window_end))
    from public.inbox_sync_stats s
   where c.id = (select f.id from public.flux_inbox_configurations f
                  where f.id = p_config.id for no key update skip locked)
     and s.config_id = c.id;
  return v_window.listed_at is not null and nova.end_pass(p_config);
end
$$;
comment on function nova.turn_page is
  'Moves the checkpoint of a window; an empty p_next_cursor ends it, and the backfill is locked. True when '
  'discovery is done. The progress is noted unless somebody else does. NV009.';

create or replace function nova.record_page(
  p_config_id uuid, p_window_id bigint, p_token bigint, p_cursor text, p_next_cursor text, p_thread_id text[],
  p_latest bigint[], p_message_id text[], p_message_thread text[], p_check boolean, p_pages integer default 1)
returns table (to_sync bigint, discovery_done boolean, running boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_config public.flux_inbox_configurations;
begin
  perform nova.expect_equal_lengths(cardinality(p_thread_id), cardinality(p_latest)),
          nova.expect_equal_lengths(cardinality(p_message_id), cardinality(p_message_thread));
  -- Only the page that ends a window may end a pass; the others, which are many, do not wait for each other.
  v_config := case when p_next_cursor = '' then nova.lock_backfill(p_config_id, array['discovering', 'paused'])
                   else nova.expect_backfill(p_config_id, array['discovering', 'paused']) end;
  to_sync := 0;
  if cardinality(p_thread_id) > 0 then
    to_sync := nova.queue_threads(v_config, p_thread_id, p_latest, p_message_id, p_message_thread, p_check);
  end if;
  discovery_done := nova.turn_page(v_config, p_window_id, p_token, p_cursor, p_next_cursor, p_pages,
                                   cardinality(p_thread_id));
  running := v_config.backfill_status = 'discovering';
  if to_sync > 0 then
    perform pg_notify('nova_threads', '');
  end if;
  return next;
end
$$;
comment on function nova.record_page is
  'Pages of a window, p_pages of them, in one transaction: the threads that they show (see '
  'nova.queue_threads), the checkpoint, and with the last page of the last window the next pass or the move '
  'to thread_sync. p_cursor is where the first page began; an empty p_next_cursor ends the window. running: '
  'not paused. NV008, NV009. Notifies nova_threads.';

create or replace function nova.restart_window(p_config_id uuid, p_window_id bigint, p_token bigint) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_restarts integer;
begin
  update public.backfill_windows w set cursor = '', restarts = w.restarts + 1, updated_at = now()
   where w.id = p_window_id and w.config_id = p_config_id and w.token = p_token and w.listed_at is null
  returning w.restarts into v_restarts;
  if not found then
    raise exception 'window % of backfill % is another worker''s by now', p_window_id, p_config_id
      using errcode = 'NV009', hint = 'Take the windows that are left.';
  end if;
  return v_restarts;
end
$$;
comment on function nova.restart_window is
  'Begins a window again, whose cursor the provider no longer takes. Returns how often that happened. NV009.';

create or replace function nova.give_up_window(p_config_id uuid, p_window_id bigint, p_token bigint, p_kind text,
                                               p_reason text)
returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_config public.flux_inbox_configurations;
  v_window public.backfill_windows;
begin
  v_config := nova.lock_backfill(p_config_id, array['discovering', 'paused']);
  update public.backfill_windows w set listed_at = now(), gave_up = p_reason, updated_at = now()
   where w.id = p_window_id and w.config_id = p_config_id and w.token = p_token and w.listed_at is null
  returning w.* into v_window;
  if not found then
    raise exception 'window % of backfill % is another worker''s by now', p_window_id, p_config_id
      using errcode = 'NV009', hint = 'Take the windows that are left.';
  end if;
  perform nova.add_gap(p_config_id, p_kind, v_window.window_start, v_window.window_end, p_reason);
  return nova.end_pass(v_config);
end
$$;
comment on function nova.give_up_window is
  'Ends a window that cannot be listed to its end, and notes the gap. True when discovery is done. NV008, NV009.';

create or replace function nova.fail_discovery(p_token bigint, p_config_id uuid, p_reason text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_config public.flux_inbox_configurations;
begin
  perform nova.hold_discovery(p_token, p_config_id);
  v_config := nova.lock_backfill(p_config_id, array['pending', 'discovering', 'paused']);
  update public.flux_inbox_configurations c
     set attempts = c.attempts + 1, error_message = p_reason, updated_at = now() where c.id = p_config_id;
  if v_config.attempts + 1 < nova.backfill_attempts() then
    return false;
  end if;
  return nova.move_backfill(p_config_id, 'failed', 'backfill', p_reason);
end
$$;
comment on function nova.fail_discovery is
  'Counts a failed attempt at discovery; the last makes the backfill failed. Windows keep their cursors. True '
  'when it failed now. NV009.';

create or replace function nova.discover_again(p_grant_id text, p_who text, p_why text) returns uuid
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_config public.flux_inbox_configurations;
begin
  update public.flux_inboxes i set folders_due_at = now() where i.grant_id = p_grant_id;
  select c.* into v_config
    from public.flux_inbox_configurations c join public.flux_inboxes i on i.id = c.inbox_id
   where i.grant_id = p_grant_id order by c.created_at desc limit 1 for no key update of c;
  if not found or v_config.backfill_status not in ('discovering', 'thread_sync', 'completed', 'paused') then
    return null; -- none, or one that is still to begin
  end if;
  delete from public.backfill_windows w where w.config_id = v_config.id;
  update public.flux_inbox_configurations c
     set discovery_done = false, gaps = '[]', attempts = 0, updated_at = now()
   where c.id = v_config.id;
  perform nova.plan_windows(v_config);
  if v_config.backfill_status in ('thread_sync', 'completed') then
    perform nova.move_backfill(v_config.id, 'discovering', p_who, p_why);
  end if;
  perform pgmq.send('inbox_backfill_jobs', jsonb_build_object('config_id', v_config.id, 'inbox_id', v_config.inbox_id,
    'start_date', v_config.backfill_start, 'end_date', v_config.backfill_end));
  return v_config.id;
end
$$;
comment on function nova.discover_again is
  'Lists the newest backfill of a grant from its beginning: the provider has more to show than it had. Null '
  'when there is none to list again.';

revoke all on function nova.hold_discovery(bigint, uuid), nova.discovery_overlap(), nova.passes_max(),
  nova.plan_windows(public.flux_inbox_configurations), nova.begin_discovery(bigint, uuid),
  nova.claim_window(bigint, uuid, bigint, text), nova.stored_of(uuid, uuid, text[], text[], boolean),
  nova.queue_threads(public.flux_inbox_configurations, text[], bigint[], text[], text[], boolean),
  nova.add_gap(uuid, text, timestamptz, timestamptz, text, text),
  nova.finish_discovery(public.flux_inbox_configurations), nova.end_pass(public.flux_inbox_configurations),
  nova.turn_page(public.flux_inbox_configurations, bigint, bigint, text, text, integer, integer),
  nova.record_page(uuid, bigint, bigint, text, text, text[], bigint[], text[], text[], boolean, integer),
  nova.restart_window(uuid, bigint, bigint), nova.give_up_window(uuid, bigint, bigint, text, text),
  nova.fail_discovery(bigint, uuid, text), nova.discover_again(text, text, text) from public;
