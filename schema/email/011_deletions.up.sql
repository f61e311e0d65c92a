-- What of stored messages is deleted, or read again.

create or replace function nova.not_found_delay() returns interval
language sql immutable set search_path = pg_catalog, pg_temp as $$ select interval '1 hour' $$;
comment on function nova.not_found_delay is
  'The least time between the two 404s that make a tombstone: longer than the index of a provider is away.';

create or replace function nova.not_found_delay_short() returns interval
language sql immutable set search_path = pg_catalog, pg_temp as $$ select interval '1 minute' $$;
comment on function nova.not_found_delay_short is
  'The same where somebody waits who asked for it, or where the message is there under another id.';

create or replace function nova.not_found_looks() returns interval[]
language sql immutable set search_path = pg_catalog, pg_temp as $$ select array['1 hour', '1 day']::interval[] $$;
comment on function nova.not_found_looks is
  'How long after it was made a tombstone of two 404s is looked at again: a provider whose index is away answers '
  '404 too.';

create or replace function nova.refetch_claim() returns interval
language sql immutable set search_path = pg_catalog, pg_temp as $$ select interval '1 minute' $$;
comment on function nova.refetch_claim is 'How long who reads a message again hides it from others.';

create or replace function nova.lock_threads_of(p_inbox_id uuid[], p_id text[], p_thread_id text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
set enable_hashjoin = off set enable_mergejoin = off
set enable_seqscan = off as $$
begin
  perform nova.lock_threads(array_agg(k.inbox_id), array_agg(k.thread_id))
     from (select g.inbox_id, g.thread_id from unnest(p_inbox_id, p_thread_id) g (inbox_id, thread_id)
            union all
           select m.inbox_id, m.nylas_thread_id from unnest(p_inbox_id, p_id) g (inbox_id, id)
             join public.flux_email_messages m on m.inbox_id = g.inbox_id and m.nylas_message_id = g.id
            where m.nylas_thread_id is not null) k
   having count(*) > 0;
end
$$;
comment on function nova.lock_threads_of is
  'Locks the threads that messages are in and those that they are said to be in. Who writes messages in more '
  'than one statement does this first: threads that are locked statement by statement are in no order.';

create or replace function nova.tombstone_messages(p_inbox_id uuid[], p_id text[], p_lo bigint[], p_hi bigint[])
returns integer
language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off as $$
declare
  v_inbox uuid[];
  v_thread text[];
  v_count integer;
begin
  select array_agg(m.inbox_id), array_agg(m.nylas_thread_id) into v_inbox, v_thread
    from unnest(p_inbox_id, p_id) g (inbox_id, id)
    join public.flux_email_messages m on m.inbox_id = g.inbox_id and m.nylas_message_id = g.id;
  perform nova.lock_threads(v_inbox, v_thread);
  with given as materialized (
    select distinct on (g.inbox_id, g.id collate "C") g.inbox_id, g.id collate "C" as id, g.lo, g.hi
      from unnest(p_inbox_id, p_id, p_lo, p_hi) g (inbox_id, id, lo, hi)
     order by g.inbox_id, g.id collate "C", g.hi desc),
  gone as (
    insert into public.flux_email_messages as m (inbox_id, nylas_message_id, lo, hi, deleted_at, origin)
    select g.inbox_id, g.id, g.lo, g.hi, now(), 'webhook' from given g order by g.inbox_id, g.id
        on conflict (inbox_id, nylas_message_id) do update
       set deleted_at = coalesce(m.deleted_at, now()), updated_at = now(), changed_in = pg_current_xact_id(),
           provisional = false,
           doubt_hi = case
             when excluded.lo > greatest(m.hi, m.doubt_hi) then null
             when m.deleted_at is not null then m.doubt_hi
             else greatest(m.hi, m.doubt_hi, excluded.hi) end,
           refetch_at = case
             when excluded.lo > greatest(m.hi, m.doubt_hi) then null
             when m.deleted_at is not null then m.refetch_at
             else least(m.refetch_at, now() + nova.doubt_delay()) end,
           lo = case when m.deleted_at is null then excluded.lo else greatest(m.lo, excluded.lo) end,
           alive_lo = case when m.deleted_at is null then m.lo else m.alive_lo end,
           hi = greatest(m.hi, excluded.hi), not_found = 0, not_found_at = null, refetch_claimed_at = null
     where excluded.hi >= m.lo and (m.deleted_at is null or excluded.hi > m.hi or excluded.lo > m.lo)
    returning m.inbox_id, m.nylas_message_id as id),
  -- A deletion of what is deleted confirms it.
  noted as (
    insert into nova.mail_journal (inbox_id, nylas_message_id, event, lo, hi, row_lo, row_hi, origin)
    select g.inbox_id, g.id, case when d.id is null then 'ignored' else 'deleted' end, g.lo, g.hi, w.lo, w.hi,
           case when g.lo = nova.open_below() then 'webhook' else 'refetch' end
      from given g
      left join gone d on d.inbox_id = g.inbox_id and d.id = g.id
      left join public.flux_email_messages w on w.inbox_id = g.inbox_id and w.nylas_message_id = g.id
     where w.deleted_at is null)
  select count(*) into v_count from gone;
  perform nova.touch_days(array_agg(m.inbox_id), array_agg(nova.mail_day(m.message_date)))
     from unnest(p_inbox_id, p_id) g (inbox_id, id)
     join public.flux_email_messages m on m.inbox_id = g.inbox_id and m.nylas_message_id = g.id;
  perform nova.recompute_threads(array_agg(k.inbox_id), array_agg(k.thread_id))
     from (select distinct u.inbox_id, u.thread_id
             from unnest(v_inbox, v_thread) u (inbox_id, thread_id)
            where u.thread_id <> '') k
   having count(*) > 0;
  return v_count;
end
$$;
comment on function nova.tombstone_messages is
  'Marks messages as deleted at an instant in [p_lo, p_hi]; one that is not known gets a row too. A row read '
  'alive after p_hi stays. What the observation does not prove, since it may have been undone, is read once more. '
  'nova.mail_journal has both. Returns how many changed.';

create or replace function nova.refetch_not_found(
  p_inbox_id uuid, p_id text, p_not_found bigint, p_delay interval default nova.not_found_delay()) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_row record;
  v_delay interval := p_delay;
  v_made timestamptz;
  v_lo bigint;
  v_hi constant bigint := extract(epoch from clock_timestamp()) * 1000000;
begin
  select m.not_found, m.not_found_at, m.refetch_claimed_at, m.deleted_at, m.lo, m.hi, m.rfc822_message_id into v_row
    from public.flux_email_messages m where m.inbox_id = p_inbox_id and m.nylas_message_id = p_id;
  -- What is no longer as it was when it was claimed is somebody else's business.
  if not found or v_row.not_found <> p_not_found
     or v_row.deleted_at is not null and v_row.refetch_claimed_at is null then
    return coalesce(v_row.deleted_at is not null, false);
  end if;
  v_lo := coalesce((extract(epoch from v_row.refetch_claimed_at) * 1000000)::bigint, v_hi);
  if exists (select from public.flux_email_messages o
              where o.rfc822_message_id = v_row.rfc822_message_id and o.inbox_id = p_inbox_id
                and o.nylas_message_id <> p_id and o.deleted_at is null) then
    v_delay := least(p_delay, nova.not_found_delay_short());
  end if;
  if v_row.deleted_at is null and (v_row.not_found = 0 or v_row.not_found_at > now() - v_delay) then
    update public.flux_email_messages m
       set not_found = 1, not_found_at = coalesce(m.not_found_at, now()),
           refetch_at = coalesce(m.not_found_at, now()) + v_delay
     where m.inbox_id = p_inbox_id and m.nylas_message_id = p_id and m.not_found = p_not_found;
    if found then
      insert into nova.mail_journal (inbox_id, nylas_message_id, event, lo, hi, row_lo, row_hi, origin)
      values (p_inbox_id, p_id, 'not_found', v_lo, v_hi, v_row.lo, v_row.hi, 'refetch');
    end if;
    return false;
  end if;
  perform nova.tombstone_messages(array[p_inbox_id], array[p_id], array[v_lo], array[v_hi]);
  if v_row.not_found > 0 then
    v_made := case when v_row.deleted_at is null then now() else v_row.not_found_at end;
    update public.flux_email_messages m
       set not_found = 2, not_found_at = v_made,
           refetch_at = least(m.refetch_at, (select min(v_made + l.later) from unnest(nova.not_found_looks()) l (later)
                                              where v_made + l.later > now()))
     where m.inbox_id = p_inbox_id and m.nylas_message_id = p_id and m.deleted_at is not null;
  end if;
  perform nova.tie_former_ids(p_inbox_id, p_id);
  return true;
end
$$;
comment on function nova.refetch_not_found is
  'A read ended with 404: the first waits p_delay for a second (less where it has another id), which makes a '
  'tombstone; that is looked at again later '
  '(nova.not_found_looks). It settles a tombstone that was told. What has another id now is tied to it. True when it '
  'is a tombstone now.';

-- A read of a message in doubt that failed is due again after a pause that the reader names:
-- seconds at first, hours for what it never can read. What came in doubt since the claim is due as
-- soon as that says.
create or replace function nova.postpone_refetches(p_inbox_id uuid[], p_id text[], p_delay_ms bigint[]) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_count integer;
begin
  with given as materialized (
    select g.inbox_id, g.id collate "C" as id, min(g.delay_ms) as delay_ms
      from unnest(p_inbox_id, p_id, p_delay_ms) g (inbox_id, id, delay_ms)
     group by 1, 2),
  locked as materialized (
    select m.inbox_id, m.nylas_message_id,
           now() + least(greatest(g.delay_ms, 0), 86400000) * interval '1 millisecond' as due
      from given g join public.flux_email_messages m on m.inbox_id = g.inbox_id and m.nylas_message_id = g.id
     where m.refetch_claimed_at is not null and m.refetch_at > now()
     order by m.inbox_id, m.nylas_message_id for no key update of m)
  update public.flux_email_messages m set refetch_at = l.due
    from locked l
   where m.inbox_id = l.inbox_id and m.nylas_message_id = l.nylas_message_id
     and (m.refetch_at > l.due or m.refetch_at = m.refetch_claimed_at + nova.refetch_claim());
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function nova.postpone_refetches is
  'Makes messages, whose read failed, due again after that many milliseconds, a day at most. What was settled '
  'meanwhile stays as it is, and what is in new doubt only becomes due earlier. Returns how many.';
revoke all on all functions in schema nova from public;
