-- The strategy `messages` of a backfill: a window's messages are listed and stored first, then its threads; a thread whose every
-- message is stored needs no work of its own. The cursor of a window says how far it is: empty or messages:CURSOR, then
-- threads:CURSOR (actors/discovery.hpp).

create or replace function nova.record_messages_page(
  p_token bigint, p_config_id uuid, p_window_id bigint, p_cursor text, p_next_cursor text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_window public.backfill_windows;
begin
  perform nova.hold_discovery(p_token, p_config_id);
  perform nova.lock_backfill(p_config_id, array['discovering', 'paused']);
  update public.backfill_windows w
     set cursor = p_next_cursor, pages = w.pages + 1, updated_at = now()
   where w.id = p_window_id and w.config_id = p_config_id and w.cursor = p_cursor and w.listed_at is null
  returning w.* into v_window;
  if not found then
    raise exception 'window % of backfill % is no longer at this page', p_window_id, p_config_id
      using errcode = 'NV009', hint = 'Another worker recorded it. Take the windows that are left and go on there.';
  end if;
  update public.flux_inbox_configurations c
     set attempts = 0, updated_at = now(),
         backfill_progress = c.backfill_progress || jsonb_build_object('checkpoint',
           jsonb_build_object('window', p_window_id, 'cursor', p_next_cursor, 'pages', v_window.pages, 'window_start', v_window.window_start,
             'window_end', v_window.window_end))
   where c.id = p_config_id;
end
$$;
comment on function nova.record_messages_page is
  'The checkpoint of a window whose messages are listed, once those of the page are stored. p_cursor is where the page began. NV008, NV009.';

create or replace function nova.record_listed_page(
  p_token bigint, p_config_id uuid, p_window_id bigint, p_cursor text, p_next_cursor text, p_thread_id text[], p_latest bigint[],
  p_message_id text[], p_message_thread text[])
returns table (inserted bigint, known bigint, discovery_done boolean)
language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_hashjoin = off set enable_mergejoin = off
set enable_seqscan = off set jit = off as $$
declare
  v_inbox_id uuid;
  v_whole bigint;
begin
  select r.inserted, r.known, r.discovery_done into inserted, known, discovery_done
    from nova.record_page_as(p_token, p_config_id, p_window_id, p_cursor, p_next_cursor, p_thread_id, p_latest) r;
  select c.inbox_id into v_inbox_id from public.flux_inbox_configurations c where c.id = p_config_id;
  update public.queued_threads q
     set status = 'completed', messages_synced = l.messages, processed_at = now(), error_message = null
    from (select k.thread_id collate "C" as thread_id, count(*) as messages
            from unnest(p_message_id, p_message_thread) k (message_id, thread_id)
            left join public.flux_email_messages m
              on m.nylas_message_id = k.message_id and m.inbox_id = v_inbox_id and m.nylas_thread_id = k.thread_id
                 and m.deleted_at is null and not m.provisional
           group by 1 having bool_and(m.inbox_id is not null)) l
   where q.config_id = p_config_id and q.thread_id = l.thread_id and q.status = 'queued';
  get diagnostics v_whole = row_count;
  inserted := greatest(inserted - v_whole, 0);
  return next;
end
$$;
comment on function nova.record_listed_page is
  'As nova.record_page, for threads of which the listing names every message (p_message_id[i] is of thread p_message_thread[i]): one whose messages are all stored, in that thread, is completed at once. inserted: those that are left to be synced.';

revoke all on function nova.record_messages_page(bigint, uuid, bigint, text, text),
  nova.record_listed_page(bigint, uuid, bigint, text, text, text[], bigint[], text[], text[]) from public;
