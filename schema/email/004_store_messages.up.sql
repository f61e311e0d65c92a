-- Mail into tables: which version of a message wins, tombstones, and the threads that are derived from their messages.
--
-- Every observation carries the interval [lo, hi] in which the provider's state was read: a fetch from its start to its answer, a
-- notification from the smallest bigint (open) to its arrival. With the row's own interval:
--   no row                                   insert; from a notification: provisional, to be read again
--   equal in all that it carries             confirmed: widen lo and hi, nothing else
--   new.lo > row.hi and every doubt          replaced: the fields that the observation carries
--   new.hi < row.lo                          ignored: it is older
--   otherwise                                doubtful: one fetch soon decides, its lo will be above every hi seen
-- Absent is not empty: a field that an observation does not carry stays. A row's hashes are those of its content, null where an
-- observation of some fields has changed it; then, or when it carries some alone, the fields are compared one by one.
-- A tombstone is a version like another: only a fetch that began after its hi revives the message. message.deleted makes one at
-- once, with a doubt when the message was seen alive lately (nova.deletion_doubt).

create or replace function nova.provisional_delay() returns interval
language sql immutable set search_path = pg_catalog, pg_temp as $$ select interval '5 minutes' $$;
comment on function nova.provisional_delay is 'When a message that is known from a notification only is read again, unless a sweep confirms it earlier.';

create or replace function nova.doubt_delay() returns interval
language sql immutable set search_path = pg_catalog, pg_temp as $$ select interval '2 seconds' $$;
comment on function nova.doubt_delay is 'How long a doubtful message waits for its one fetch, so that a burst of notifications costs one.';

create or replace function nova.not_found_delay() returns interval
language sql immutable set search_path = pg_catalog, pg_temp as $$ select interval '1 minute' $$;
comment on function nova.not_found_delay is 'The least time between the two 404s that make a tombstone.';

create or replace function nova.deletion_doubt() returns interval
language sql immutable set search_path = pg_catalog, pg_temp as $$ select interval '1 hour' $$;
comment on function nova.deletion_doubt is
  'A deletion of a message that was seen so shortly before it arrived, or after, may be one that was undone: it is read once more. Mail that was not looked at for longer is taken as deleted without a call.';

create or replace function nova.refetch_claim() returns interval
language sql immutable set search_path = pg_catalog, pg_temp as $$ select interval '1 minute' $$;
comment on function nova.refetch_claim is 'How long who reads a message again hides it from others.';

create or replace function nova.judge_observation(
  p_row_lo bigint, p_row_hi bigint, p_row_doubt_hi bigint, p_row_deleted_at timestamptz, p_same boolean, p_lo bigint, p_hi bigint)
returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case
    when p_row_deleted_at is null and p_same then 'confirmed'
    when p_lo > greatest(p_row_hi, p_row_doubt_hi) then 'replaced'
    when p_hi < p_row_lo then 'ignored'
    else 'doubtful'
  end
$$;
comment on function nova.judge_observation is 'What an observation does to the row that is there: confirmed, replaced, ignored or doubtful.';

create or replace function nova.open_below() returns bigint
language sql immutable set search_path = pg_catalog, pg_temp as $$ select (-9223372036854775808)::bigint $$;
comment on function nova.open_below is 'The lo of an observation of which only the arrival is known.';

create or replace function nova.lock_threads(p_inbox_id uuid[], p_thread_id text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.flux_email_threads as t (inbox_id, nylas_thread_id)
  select distinct k.inbox_id, k.thread_id collate "C" from unnest(p_inbox_id, p_thread_id) k (inbox_id, thread_id)
   where k.thread_id <> ''
   order by 1, 2
      on conflict (inbox_id, nylas_thread_id) do update set updated_at = t.updated_at where false;
end
$$;
comment on function nova.lock_threads is
  'Creates the rows of threads that are not there and locks those that are, in the order of their ids: who writes messages of a thread does this first.';

create or replace function nova.lock_threads_of(p_inbox_id uuid[], p_id text[], p_thread_id text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_hashjoin = off set enable_mergejoin = off
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
  'Locks the threads that messages are in and those that they are said to be in. Who writes messages in more than one statement does this first: threads that are locked statement by statement are in no order.';

create or replace function nova.thread_folders(p_lists jsonb[]) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(jsonb_agg(distinct f.id order by f.id), '[]') from unnest(p_lists) s (list), jsonb_array_elements(s.list) f (id)
$$;
comment on function nova.thread_folders is 'The folders of a thread: the union of its messages'', sorted.';

create or replace function nova.thread_participants(p_lists jsonb[]) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(jsonb_agg(p.person order by p.address), '[]')
    from (select distinct on (lower(e.person->>'email')) e.person, lower(e.person->>'email') as address
            from unnest(p_lists) s (list), jsonb_array_elements(s.list) e (person)
           where e.person->>'email' <> ''
           order by lower(e.person->>'email'), length(e.person->>'name') desc nulls last, e.person) p
$$;
comment on function nova.thread_participants is 'The participants of a thread: each address once, with the longest name that it has.';

create or replace function nova.recompute_threads(p_inbox_id uuid[], p_thread_id text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- By their places, so that no plan, made while the table was small, looks for them in the whole of it.
  update public.flux_email_threads t
     set message_count = a.message_count, unread = coalesce(a.unread, false), starred = coalesce(a.starred, false),
         has_attachments = coalesce(a.has_attachments, false), earliest_message_at = a.earliest, latest_message_at = a.latest,
         subject = coalesce(a.subject, ''), snippet = coalesce(a.snippet, ''), updated_at = now(),
         folders = nova.thread_folders(a.folders), participants = nova.thread_participants(a.people)
    from unnest(p_inbox_id, p_thread_id) k (inbox_id, thread_id)
   cross join lateral (select h.ctid as place from public.flux_email_threads h
                        where h.inbox_id = k.inbox_id and h.nylas_thread_id = k.thread_id offset 0) h
   cross join lateral (
      select count(m.lo)::integer as message_count, bool_or(m.unread) as unread, bool_or(m.starred) as starred,
             bool_or(m.has_attachments) as has_attachments, min(m.message_date) as earliest, max(m.message_date) as latest,
             (array_agg(m.subject order by m.message_date desc nulls last, m.nylas_message_id desc))[1] as subject,
             (array_agg(m.snippet order by m.message_date desc nulls last, m.nylas_message_id desc))[1] as snippet,
             array_agg(distinct m.folders) as folders,
             array_agg(distinct m.from_addresses || m.to_addresses || m.cc_addresses) as people
        from public.flux_email_messages m
       where m.nylas_thread_id = k.thread_id and m.inbox_id = k.inbox_id and m.deleted_at is null) a
   where t.ctid = h.place;
end
$$;
comment on function nova.recompute_threads is 'Takes the aggregates of threads, which the caller has locked, from their messages.';

create or replace function nova.store_attachments(p_inbox_id uuid[], p_id text[], p_attachments text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.flux_email_attachments (inbox_id, nylas_message_id, position, nylas_attachment_id, filename, content_type, size,
    is_inline, content_id, content_disposition)
  select g.inbox_id, g.id, a.ord - 1, coalesce(a.item->>'id', ''), coalesce(a.item->>'filename', ''),
         coalesce(a.item->>'content_type', ''),
         case when jsonb_typeof(a.item->'size') = 'number' and (a.item->>'size')::numeric between 0 and 9223372036854775807
              then trunc((a.item->>'size')::numeric)::bigint end,
         coalesce(a.item->'is_inline' = 'true', false), coalesce(a.item->>'content_id', ''), coalesce(a.item->>'content_disposition', '')
    from unnest(p_inbox_id, p_id, p_attachments) g (inbox_id, id, list),
         jsonb_array_elements(g.list::jsonb) with ordinality a (item, ord)
   where jsonb_typeof(a.item) = 'object' and a.ord <= 32767;
end
$$;
comment on function nova.store_attachments is 'Attachments of messages that have no row of them.';

create or replace function nova.same_attachments(p_inbox_id uuid, p_id text, p_attachments text) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select not exists (
    select from jsonb_array_elements(p_attachments::jsonb) with ordinality e (o, n)
      full join (select * from public.flux_email_attachments x where x.inbox_id = p_inbox_id and x.nylas_message_id = p_id) a
        on a.position = e.n - 1
     where (a.nylas_attachment_id, a.filename, a.content_type, a.size, a.is_inline, a.content_id, a.content_disposition)
           is distinct from
           (coalesce(e.o->>'id', ''), coalesce(e.o->>'filename', ''), coalesce(e.o->>'content_type', ''), (e.o->>'size')::bigint,
            coalesce((e.o->>'is_inline')::boolean, false), coalesce(e.o->>'content_id', ''), coalesce(e.o->>'content_disposition', '')))
$$;
comment on function nova.same_attachments is 'Are these, canonical JSON, the stored attachments of a message?';

-- The plan settings below: a plan is made once a session, perhaps while the table is empty, and must not become a scan of a table
-- that grew; and no plan is made for each array of bodies.
create or replace function nova.store_messages(
  p_inbox_id uuid[], p_id text[], p_thread_id text[], p_subject text[], p_snippet text[], p_body text[], p_from text[], p_to text[],
  p_cc text[], p_bcc text[], p_reply_to text[], p_attachments text[], p_folders text[], p_metadata text[], p_date bigint[],
  p_unread boolean[], p_starred boolean[], p_carried bigint[], p_core_hash bytea[], p_extra_hash bytea[], p_lo bigint[], p_hi bigint[],
  p_origin text[], p_notes text[])
returns table (inserted integer, replaced integer, confirmed integer, ignored integer, doubtful integer)
language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_hashjoin = off set enable_mergejoin = off
set enable_seqscan = off set jit = off as $$
declare
  v_open constant bigint := nova.open_below();
  c_whole constant bigint := 32739; -- all but the extras
  c_extras constant bigint := 28;
  v_new integer[];
  v_known integer[];
  v_known_threads text[];
  v_rounds integer;
  v_written text[];
  v_set integer[];
  v_touched_inbox uuid[];
  v_touched_thread text[];
  v_replaced integer[];
  v_confirmed integer[];
  v_doubtful integer[];
begin
  inserted := 0; replaced := 0; confirmed := 0; ignored := 0; doubtful := 0;
  -- What is there already. A message that is twice in one call is applied in turn, in rounds.
  select coalesce(array_agg(s.i order by s.inbox_id, s.id) filter (where s.round = 1 and m.inbox_id is null), '{}'),
         coalesce(array_agg(s.i order by s.inbox_id, s.id) filter (where s.round = 1 and m.inbox_id is not null), '{}'),
         coalesce(array_agg(coalesce(m.nylas_thread_id, '') order by s.inbox_id, s.id) filter (where s.round = 1 and m.inbox_id is not null), '{}'),
         max(s.round)
    into v_new, v_known, v_known_threads, v_rounds
    from (select n.i, p_inbox_id[n.i] as inbox_id, p_id[n.i] collate "C" as id,
                 row_number() over (partition by p_inbox_id[n.i], p_id[n.i] collate "C" order by n.i) as round
            from generate_subscripts(p_id, 1) n (i)) s
    left join public.flux_email_messages m on m.inbox_id = s.inbox_id and m.nylas_message_id = s.id;

  perform nova.lock_threads(p_inbox_id || array(select p_inbox_id[k.i] from unnest(v_known) k (i)), p_thread_id || v_known_threads);

  with written as (
    insert into public.flux_email_messages (inbox_id, lo, hi, refetch_at, message_date, provisional, unread, starred, has_attachments,
      nylas_message_id, nylas_thread_id, core_hash, extra_hash, origin, subject, snippet, from_addresses, to_addresses, cc_addresses,
      bcc_addresses, reply_to_addresses, folders, metadata, reader_notes, body)
    select p_inbox_id[i], p_lo[i], p_hi[i], case when p_lo[i] = v_open then now() + nova.provisional_delay() end,
           case when p_date[i] between -62135596800 and 253402300799 then to_timestamp(p_date[i]) end, p_lo[i] = v_open,
           p_unread[i], p_starred[i], case when p_carried[i] & 4 <> 0 then p_attachments[i] not in ('', '[]') end,
           p_id[i], nullif(p_thread_id[i], ''), p_core_hash[i], nullif(p_extra_hash[i], ''), p_origin[i],
           p_subject[i], p_snippet[i], p_from[i]::jsonb, p_to[i]::jsonb, p_cc[i]::jsonb,
           case when p_carried[i] & 8 <> 0 then p_bcc[i]::jsonb end, case when p_carried[i] & 16 <> 0 then p_reply_to[i]::jsonb end,
           p_folders[i]::jsonb, p_metadata[i]::jsonb, nullif(p_notes[i], '')::jsonb, case when p_carried[i] & 2 <> 0 then p_body[i] end
      from unnest(v_new) i
        on conflict (inbox_id, nylas_message_id) do nothing
    returning inbox_id, nylas_message_id, nylas_thread_id, message_date, unread, starred, has_attachments, subject, snippet, folders,
              from_addresses || to_addresses || cc_addresses as people),
  gained as (
    select w.inbox_id, w.nylas_thread_id, count(*)::integer as message_count, bool_or(w.unread) as unread, bool_or(w.starred) as starred,
           coalesce(bool_or(w.has_attachments), false) as has_attachments, min(w.message_date) as earliest, max(w.message_date) as latest,
           (array_agg(w.subject order by w.message_date desc nulls last, w.nylas_message_id desc))[1] as subject,
           (array_agg(w.snippet order by w.message_date desc nulls last, w.nylas_message_id desc))[1] as snippet,
           array_agg(w.folders) as folders, array_agg(w.people) as people
      from written w where w.nylas_thread_id is not null group by 1, 2),
  merged as (
    -- What a thread had is in its row already, so that a new message costs nothing for those before it.
    update public.flux_email_threads t
       set message_count = t.message_count + g.message_count, unread = t.unread or g.unread, starred = t.starred or g.starred,
           has_attachments = t.has_attachments or g.has_attachments, earliest_message_at = least(t.earliest_message_at, g.earliest),
           latest_message_at = greatest(t.latest_message_at, g.latest), updated_at = now(),
           subject = case when h.has_later then t.subject else g.subject end, snippet = case when h.has_later then t.snippet else g.snippet end,
           folders = case when t.folders @> all (g.folders) then t.folders else nova.thread_folders(g.folders || t.folders) end,
           participants = case when t.participants @> all (g.people) then t.participants
                               else nova.thread_participants(g.people || t.participants) end
      from gained g
     cross join lateral (select h.ctid as place, h.message_count > 0 and coalesce(g.latest < h.latest_message_at, g.latest is null) as has_later
                           from public.flux_email_threads h
                          where h.inbox_id = g.inbox_id and h.nylas_thread_id = g.nylas_thread_id offset 0) h
     where t.ctid = h.place
           -- Of two messages of one second the row does not say which one its subject is of.
       and (t.message_count = 0 or t.latest_message_at is distinct from g.latest)
    returning t.inbox_id, t.nylas_thread_id)
  select (select coalesce(array_agg(w.inbox_id || w.nylas_message_id), '{}') from written w),
         coalesce(array_agg(g.inbox_id), '{}'), coalesce(array_agg(g.nylas_thread_id), '{}')
    into v_written, v_touched_inbox, v_touched_thread
    from gained g where (g.inbox_id, g.nylas_thread_id) not in (select r.inbox_id, r.nylas_thread_id from merged r);
  inserted := cardinality(v_written);
  if inserted < cardinality(v_new) then
    -- Another transaction was first with some: they are known now.
    v_known := v_known || array(select i from unnest(v_new) i where p_inbox_id[i] || p_id[i] <> all (v_written));
    v_new := array(select i from unnest(v_new) i where p_inbox_id[i] || p_id[i] = any (v_written));
  end if;
  perform nova.store_attachments(array_agg(p_inbox_id[i]), array_agg(p_id[i]), array_agg(p_attachments[i]))
     from unnest(v_new) i where p_carried[i] & 4 <> 0 and length(p_attachments[i]) > 2
   having count(*) > 0;

  for v_round in 1..v_rounds loop
    if v_round = 1 then
      v_set := v_known;
    else
      select array_agg(s.i) into v_set
        from (select n.i, row_number() over (partition by p_inbox_id[n.i], p_id[n.i] collate "C" order by n.i) as round
                from generate_subscripts(p_id, 1) n (i)) s
       where s.round = v_round;
    end if;
    continue when cardinality(v_set) = 0;

    select coalesce(array_agg(j.i) filter (where j.outcome = 'replaced'), '{}'),
           coalesce(array_agg(j.i) filter (where j.outcome = 'confirmed'), '{}'),
           coalesce(array_agg(j.i) filter (where j.outcome = 'doubtful'), '{}'),
           v_touched_inbox || array_agg(j.inbox_id) filter (where j.outcome = 'replaced'),
           v_touched_thread || array_agg(coalesce(j.nylas_thread_id, '')) filter (where j.outcome = 'replaced')
      into v_replaced, v_confirmed, v_doubtful, v_touched_inbox, v_touched_thread
      from (select k.i, m.inbox_id, m.nylas_thread_id,
                   nova.judge_observation(m.lo, m.hi, m.doubt_hi, m.deleted_at,
                     case
                       when m.core_hash = p_core_hash[k.i] then true
                       when p_carried[k.i] & c_whole = c_whole and m.core_hash is not null then false
                       else (p_carried[k.i] & 1 = 0 or m.subject = p_subject[k.i])
                         and (p_carried[k.i] & 32 = 0 or m.nylas_thread_id is not distinct from p_thread_id[k.i])
                         and (p_carried[k.i] & 64 = 0 or m.snippet = p_snippet[k.i])
                         and (p_carried[k.i] & 128 = 0 or m.from_addresses = p_from[k.i]::jsonb)
                         and (p_carried[k.i] & 256 = 0 or m.to_addresses = p_to[k.i]::jsonb)
                         and (p_carried[k.i] & 512 = 0 or m.cc_addresses = p_cc[k.i]::jsonb)
                         and (p_carried[k.i] & 1024 = 0 or m.folders = p_folders[k.i]::jsonb)
                         and (p_carried[k.i] & 2048 = 0 or m.metadata = p_metadata[k.i]::jsonb)
                         and (p_carried[k.i] & 4096 = 0 or m.message_date is not distinct from to_timestamp(p_date[k.i]))
                         and (p_carried[k.i] & 8192 = 0 or m.unread = p_unread[k.i])
                         and (p_carried[k.i] & 16384 = 0 or m.starred = p_starred[k.i])
                         and (p_carried[k.i] & 2 = 0 or m.body is not distinct from p_body[k.i])
                     end
                     and case
                       when p_carried[k.i] & c_extras = 0 then true
                       when p_carried[k.i] & 4 <> 0 and m.has_attachments is null or p_carried[k.i] & 8 <> 0 and m.bcc_addresses is null
                            or p_carried[k.i] & 16 <> 0 and m.reply_to_addresses is null then false
                       when m.extra_hash = p_extra_hash[k.i] then true
                       when p_carried[k.i] & c_extras = c_extras and m.extra_hash is not null then false
                       else (p_carried[k.i] & 8 = 0 or m.bcc_addresses = p_bcc[k.i]::jsonb)
                         and (p_carried[k.i] & 16 = 0 or m.reply_to_addresses = p_reply_to[k.i]::jsonb)
                         and (p_carried[k.i] & 4 = 0 or nova.same_attachments(m.inbox_id, m.nylas_message_id, p_attachments[k.i]))
                     end, p_lo[k.i], p_hi[k.i]) as outcome
              from (select u.i from unnest(v_set) u (i) order by p_inbox_id[u.i], p_id[u.i] collate "C" offset 0) k
              join public.flux_email_messages m on m.inbox_id = p_inbox_id[k.i] and m.nylas_message_id = p_id[k.i]
               for no key update of m) j;
    replaced := replaced + cardinality(v_replaced);
    confirmed := confirmed + cardinality(v_confirmed);
    doubtful := doubtful + cardinality(v_doubtful);
    ignored := ignored + cardinality(v_set) - cardinality(v_replaced) - cardinality(v_confirmed) - cardinality(v_doubtful);

    if cardinality(v_confirmed) > 0 then
      update public.flux_email_messages m
         set lo = greatest(m.lo, p_lo[i]), hi = greatest(m.hi, p_hi[i]),
             -- A fetch that began after every doubt settles it.
             provisional = m.provisional and p_lo[i] <= coalesce(m.doubt_hi, v_open),
             refetch_at = case when p_lo[i] <= coalesce(m.doubt_hi, v_open) then m.refetch_at end,
             not_found = case when p_lo[i] <= coalesce(m.doubt_hi, v_open) then m.not_found else 0 end,
             core_hash = case when p_carried[i] & c_whole = c_whole then p_core_hash[i] else m.core_hash end,
             extra_hash = case when p_carried[i] & c_extras = c_extras then p_extra_hash[i] else m.extra_hash end,
             doubt_hi = case when p_lo[i] <= m.doubt_hi then m.doubt_hi end
        from unnest(v_confirmed) i
       where m.inbox_id = p_inbox_id[i] and m.nylas_message_id = p_id[i]
         and (p_lo[i] > m.lo or p_hi[i] > m.hi or m.refetch_at is not null and p_lo[i] > coalesce(m.doubt_hi, v_open));
    end if;
    if cardinality(v_replaced) > 0 then
      update public.flux_email_messages m
         set lo = p_lo[i], hi = p_hi[i], doubt_hi = null, refetch_at = null, refetch_claimed_at = null, not_found = 0, not_found_at = null,
             provisional = false, deleted_at = null, updated_at = now(), changed_in = pg_current_xact_id(),
             message_date = case when p_carried[i] & 4096 <> 0 and p_date[i] between -62135596800 and 253402300799 then to_timestamp(p_date[i]) else m.message_date end,
             nylas_thread_id = case when p_carried[i] & 32 <> 0 and p_thread_id[i] <> '' then p_thread_id[i] else m.nylas_thread_id end,
             unread = case when p_carried[i] & 8192 <> 0 then p_unread[i] else m.unread end,
             starred = case when p_carried[i] & 16384 <> 0 then p_starred[i] else m.starred end,
             subject = case when p_carried[i] & 1 <> 0 then p_subject[i] else m.subject end,
             snippet = case when p_carried[i] & 64 <> 0 then p_snippet[i] else m.snippet end,
             from_addresses = case when p_carried[i] & 128 <> 0 then p_from[i]::jsonb else m.from_addresses end,
             to_addresses = case when p_carried[i] & 256 <> 0 then p_to[i]::jsonb else m.to_addresses end,
             cc_addresses = case when p_carried[i] & 512 <> 0 then p_cc[i]::jsonb else m.cc_addresses end,
             folders = case when p_carried[i] & 1024 <> 0 then p_folders[i]::jsonb else m.folders end,
             metadata = case when p_carried[i] & 2048 <> 0 then p_metadata[i]::jsonb else m.metadata end,
             body = case when p_carried[i] & 2 <> 0 then p_body[i] else m.body end,
             has_attachments = case when p_carried[i] & 4 <> 0 then length(p_attachments[i]) > 2 else m.has_attachments end,
             bcc_addresses = case when p_carried[i] & 8 <> 0 then p_bcc[i]::jsonb else m.bcc_addresses end,
             reply_to_addresses = case when p_carried[i] & 16 <> 0 then p_reply_to[i]::jsonb else m.reply_to_addresses end,
             reader_notes = nullif(p_notes[i], '')::jsonb,
             -- Of an observation where absent is as empty: the row's when what it lacks is empty here.
             core_hash = case
               when p_carried[i] & c_whole = c_whole
                    or (p_carried[i] & 1 <> 0 or m.subject = '') and (p_carried[i] & 2 <> 0 or m.body is null)
                       and (p_carried[i] & 32 <> 0 or m.nylas_thread_id is null) and (p_carried[i] & 64 <> 0 or m.snippet = '')
                       and (p_carried[i] & 128 <> 0 or m.from_addresses = '[]') and (p_carried[i] & 256 <> 0 or m.to_addresses = '[]')
                       and (p_carried[i] & 512 <> 0 or m.cc_addresses = '[]') and (p_carried[i] & 1024 <> 0 or m.folders = '[]')
                       and (p_carried[i] & 2048 <> 0 or m.metadata = '{}') and (p_carried[i] & 4096 <> 0 or m.message_date is null)
                       and (p_carried[i] & 8192 <> 0 or not m.unread) and (p_carried[i] & 16384 <> 0 or not m.starred)
               then p_core_hash[i] end,
             extra_hash = case
               when p_carried[i] & c_extras = 0 then m.extra_hash
               when (p_carried[i] & 4 <> 0 or m.has_attachments is not true) and (p_carried[i] & 8 <> 0 or coalesce(m.bcc_addresses, '[]') = '[]')
                    and (p_carried[i] & 16 <> 0 or coalesce(m.reply_to_addresses, '[]') = '[]') then p_extra_hash[i] end
        from unnest(v_replaced) i
       where m.inbox_id = p_inbox_id[i] and m.nylas_message_id = p_id[i];
      delete from public.flux_email_attachments a using unnest(v_replaced) i
       where a.inbox_id = p_inbox_id[i] and a.nylas_message_id = p_id[i] and p_carried[i] & 4 <> 0;
      perform nova.store_attachments(array_agg(p_inbox_id[i]), array_agg(p_id[i]), array_agg(p_attachments[i]))
         from unnest(v_replaced) i where p_carried[i] & 4 <> 0 and length(p_attachments[i]) > 2
       having count(*) > 0;
      v_touched_inbox := v_touched_inbox || array(select p_inbox_id[i] from unnest(v_replaced) i);
      v_touched_thread := v_touched_thread || array(select p_thread_id[i] from unnest(v_replaced) i);
    end if;
    if cardinality(v_doubtful) > 0 then
      update public.flux_email_messages m
         set doubt_hi = greatest(m.doubt_hi, p_hi[i]), refetch_at = least(m.refetch_at, now() + nova.doubt_delay())
        from unnest(v_doubtful) i
       where m.inbox_id = p_inbox_id[i] and m.nylas_message_id = p_id[i];
    end if;
  end loop;
  perform nova.recompute_threads(array_agg(k.inbox_id), array_agg(k.thread_id))
     from (select distinct u.inbox_id, u.thread_id from unnest(v_touched_inbox, v_touched_thread) u (inbox_id, thread_id) where u.thread_id <> '') k
   having count(*) > 0;
  return next;
end
$$;
comment on function nova.store_messages is
  'Writes observations of messages, their attachments and their threads. Arrays of one length; extra_hash empty when not carried; dates in seconds, out of range for none; carried: 1 subject, 2 body, 4 attachments, 8 bcc, 16 reply_to, 32 thread, 64 snippet, 128 from, 256 to, 512 cc, 1024 folders, 2048 metadata, 4096 date, 8192 unread, 16384 starred; notes: JSON or empty.';

create or replace function nova.tombstone_messages(p_inbox_id uuid[], p_id text[], p_lo bigint[], p_hi bigint[]) returns integer
language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_hashjoin = off set enable_mergejoin = off
set enable_seqscan = off set jit = off as $$
declare
  v_inbox uuid[];
  v_thread text[];
  v_count integer;
  v_window constant bigint := extract(epoch from nova.deletion_doubt()) * 1000000;
begin
  select array_agg(m.inbox_id), array_agg(m.nylas_thread_id) into v_inbox, v_thread
    from unnest(p_inbox_id, p_id) g (inbox_id, id)
    join public.flux_email_messages m on m.inbox_id = g.inbox_id and m.nylas_message_id = g.id;
  perform nova.lock_threads(v_inbox, v_thread);
  with given as materialized (
    select distinct on (g.inbox_id, g.id collate "C") g.inbox_id, g.id collate "C" as id, g.lo, g.hi
      from unnest(p_inbox_id, p_id, p_lo, p_hi) g (inbox_id, id, lo, hi) order by g.inbox_id, g.id collate "C", g.hi desc)
  insert into public.flux_email_messages as m (inbox_id, nylas_message_id, lo, hi, deleted_at, origin)
  select g.inbox_id, g.id, g.lo, g.hi, now(), 'webhook' from given g order by g.inbox_id, g.id
      on conflict (inbox_id, nylas_message_id) do update
     set deleted_at = coalesce(m.deleted_at, now()), updated_at = now(), changed_in = pg_current_xact_id(), provisional = false,
         doubt_hi = case
           when excluded.lo > greatest(m.hi, m.doubt_hi) then null
           when m.deleted_at is not null then m.doubt_hi
           when greatest(m.hi, m.doubt_hi) > excluded.hi - v_window then greatest(m.hi, m.doubt_hi, excluded.hi) end,
         refetch_at = case
           when excluded.lo > greatest(m.hi, m.doubt_hi) then null
           when m.deleted_at is not null then m.refetch_at
           when greatest(m.hi, m.doubt_hi) > excluded.hi - v_window then least(m.refetch_at, now() + nova.doubt_delay()) end,
         lo = case when m.deleted_at is null then excluded.lo else greatest(m.lo, excluded.lo) end, hi = greatest(m.hi, excluded.hi),
         not_found = 0, not_found_at = null, refetch_claimed_at = null
   where excluded.hi >= m.lo and (m.deleted_at is null or excluded.hi > m.hi or excluded.lo > m.lo);
  get diagnostics v_count = row_count;
  perform nova.recompute_threads(array_agg(k.inbox_id), array_agg(k.thread_id))
     from (select distinct u.inbox_id, u.thread_id from unnest(v_inbox, v_thread) u (inbox_id, thread_id) where u.thread_id <> '') k
   having count(*) > 0;
  return v_count;
end
$$;
comment on function nova.tombstone_messages is
  'Marks messages as deleted at an instant in [p_lo, p_hi]; one that is not known gets a row too. A row read alive after p_hi stays. Returns how many changed.';

create or replace function nova.refetch_not_found(p_inbox_id uuid, p_id text, p_not_found bigint) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_row record;
begin
  select m.not_found, m.not_found_at, m.refetch_claimed_at, m.deleted_at into v_row
    from public.flux_email_messages m where m.inbox_id = p_inbox_id and m.nylas_message_id = p_id;
  -- What is no longer as it was when it was claimed is somebody else's business.
  if not found or v_row.not_found <> p_not_found then
    return coalesce(v_row.deleted_at is not null, false);
  end if;
  if v_row.deleted_at is not null or v_row.not_found > 0 and v_row.not_found_at <= now() - nova.not_found_delay() then
    perform nova.tombstone_messages(array[p_inbox_id], array[p_id],
      array[(extract(epoch from coalesce(v_row.refetch_claimed_at, clock_timestamp())) * 1000000)::bigint], array[(extract(epoch from clock_timestamp()) * 1000000)::bigint]);
    return true;
  end if;
  update public.flux_email_messages m
     set not_found = 1, not_found_at = coalesce(m.not_found_at, now()),
         refetch_at = coalesce(m.not_found_at, now()) + nova.not_found_delay()
   where m.inbox_id = p_inbox_id and m.nylas_message_id = p_id and m.not_found = p_not_found;
  return false;
end
$$;
comment on function nova.refetch_not_found is
  'A read that claim_refetches ordered ended with 404: the first waits for a second, which makes a tombstone; it settles one that is there at once. True when it is one now.';

-- A read of a message in doubt that failed is due again after a pause that the reader names: seconds at first, hours for what it
-- never can read. What came in doubt since the claim is due as soon as that says.
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
    select m.inbox_id, m.nylas_message_id, now() + least(greatest(g.delay_ms, 0), 86400000) * interval '1 millisecond' as due
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
  'Makes messages, whose read failed, due again after that many milliseconds, a day at most. What was settled meanwhile stays as it is, and what is in new doubt only becomes due earlier. Returns how many.';
revoke all on all functions in schema nova from public;
