-- Mail into tables: which version of a message wins, tombstones, and the threads that are derived from their messages.
--
-- Every observation carries the interval [lo, hi] in which the provider's state was read: a fetch from its start to its
-- answer, a notification from the smallest bigint (open) to its arrival. With the row's own interval:
--   no row                                   insert; from a notification: provisional, to be read again
--   equal in all that it carries             confirmed: widen lo and hi, nothing else
--   new.lo > row.hi and every doubt          replaced: the fields that the observation carries
--   new.hi < row.lo                          ignored: it is older
--   otherwise                                doubtful: one fetch soon decides, its lo will be above every hi seen
-- Absent is not empty: a field that an observation does not carry stays. A row's hashes are those of its content, null
-- where an observation of some fields has changed it; then, or when it carries some alone, the fields are compared one
-- by one. A tombstone is a version like another: only a fetch that began after its hi revives the message.
-- message.deleted makes one at once, with a doubt when the message was stored: the deletion may have been undone since.

create or replace function nova.provisional_delay() returns interval
language sql immutable set search_path = pg_catalog, pg_temp as $$ select interval '5 minutes' $$;
comment on function nova.provisional_delay is
  'When a message that is known from a notification only is read again, unless a sweep confirms it earlier.';

create or replace function nova.doubt_delay() returns interval
language sql immutable set search_path = pg_catalog, pg_temp as $$ select interval '2 seconds' $$;
comment on function nova.doubt_delay is
  'How long a doubtful message waits for its one fetch, so that a burst of notifications costs one.';

create or replace function nova.judge_observation(
  p_row_lo bigint, p_row_hi bigint, p_row_doubt_hi bigint, p_row_deleted_at timestamptz, p_same boolean, p_lo bigint,
  p_hi bigint)
returns text
language sql immutable
return case
  when p_row_deleted_at is null and p_same then 'confirmed'
  when p_lo > greatest(p_row_hi, p_row_doubt_hi) then 'replaced'
  when p_hi < p_row_lo then 'ignored'
  else 'doubtful'
end;
comment on function nova.judge_observation is
  'What an observation does to the row that is there: confirmed, replaced, ignored or doubtful.';

create or replace function nova.open_below() returns bigint
language sql immutable set search_path = pg_catalog, pg_temp as $$ select (-9223372036854775808)::bigint $$;
comment on function nova.open_below is 'The lo of an observation of which only the arrival is known.';

create or replace function nova.store_attachments(p_inbox_id uuid[], p_id text[], p_attachments text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.flux_email_attachments (inbox_id, nylas_message_id, position, nylas_attachment_id, filename,
    content_type, size, is_inline, content_id, content_disposition)
  select g.inbox_id, g.id, a.ord - 1, coalesce(a.item->>'id', ''), coalesce(a.item->>'filename', ''),
         coalesce(a.item->>'content_type', ''),
         case when jsonb_typeof(a.item->'size') = 'number' and (a.item->>'size')::numeric between 0
              and 9223372036854775807
              then trunc((a.item->>'size')::numeric)::bigint end,
         coalesce(a.item->'is_inline' = 'true', false), coalesce(a.item->>'content_id', ''),
         coalesce(a.item->>'content_disposition', '')
    from unnest(p_inbox_id, p_id, p_attachments) g (inbox_id, id, list),
         jsonb_array_elements(g.list::jsonb) with ordinality a (item, ord)
   where jsonb_typeof(a.item) = 'object' and a.ord <= 32767;
end
$$;
comment on function nova.store_attachments is 'Attachments of messages that have no row of them.';

-- The steps of nova.store_messages. Observations are arrays of one length, as it has them: an array is unpacked once
-- and handed on as it is (one array of rows of a composite type was tried, and was slower). A step gets the places
-- in the arrays that it is about.
create or replace function nova.find_messages(
  p_inbox_id uuid[], p_id text[], p_thread_id text[], p_rfc822_id text[], out missing integer[], out present integer[],
  out other_inbox uuid[], out other_thread text[], out rounds integer, out named integer[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  select coalesce(array_agg(s.i order by s.inbox_id, s.id) filter (where s.round = 1 and m.inbox_id is null), '{}'),
         coalesce(array_agg(s.i order by s.inbox_id, s.id) filter (where s.round = 1 and m.inbox_id is not null), '{}'),
         array_agg(s.inbox_id) filter (where m.nylas_thread_id is not null),
         array_agg(m.nylas_thread_id) filter (where m.nylas_thread_id is not null),
         max(s.round),
         array_agg(s.i) filter (where s.round = 1
                                  and nullif(p_rfc822_id[s.i], '') <> coalesce(m.rfc822_message_id, ''))
    into missing, present, other_inbox, other_thread, rounds, named
    from (select n.i, p_inbox_id[n.i] as inbox_id, p_id[n.i] collate "C" as id,
                 row_number() over (partition by p_inbox_id[n.i], p_id[n.i] collate "C" order by n.i) as round
            from generate_subscripts(p_id, 1) n (i)) s
    left join public.flux_email_messages m on m.inbox_id = s.inbox_id and m.nylas_message_id = s.id;
  if rounds > 1 or present <> '{}' then
    other_inbox := p_inbox_id || other_inbox;
    other_thread := p_thread_id || other_thread;
  end if;
end
$$;
comment on function nova.find_messages is
  'Places of messages that have no row yet and of those that have one, in the order of their ids; the threads, of what '
  'they say and of the rows, that may be touched besides those of the former; how often the most frequent message '
  'occurs: what is twice in one call is applied in turn, in rounds; and places of those whose Message-ID is new, or '
  'null.';

create or replace function nova.places_of_round(p_inbox_id uuid[], p_id text[], p_round integer) returns integer[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  return array(select s.i
                 from (select n.i, row_number() over (partition by p_inbox_id[n.i], p_id[n.i] collate "C" order by n.i)
                                     as round
                         from generate_subscripts(p_id, 1) n (i)) s
                where s.round = p_round);
end
$$;
comment on function nova.places_of_round is 'Where the first of each message is, the second, and so on.';

create or replace function nova.add_messages(
  p_inbox_id uuid[], p_id text[], p_thread_id text[], p_subject text[], p_snippet text[], p_body text[], p_from text[],
  p_to text[], p_cc text[], p_bcc text[], p_reply_to text[], p_attachments text[], p_folders text[], p_metadata text[],
  p_date bigint[], p_unread boolean[], p_starred boolean[], p_carried bigint[], p_core_hash bytea[],
  p_extra_hash bytea[], p_lo bigint[], p_hi bigint[], p_origin text[], p_notes text[], p_rfc822_id text[],
  p_places integer[], out added integer[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_left integer := cardinality(p_places);
begin
  added := p_places;
  loop
    begin
      insert into public.flux_email_messages (
        inbox_id, lo, hi, refetch_at, message_date, provisional, unread, starred, has_attachments, nylas_message_id,
        nylas_thread_id, core_hash, extra_hash, origin, subject, snippet, from_addresses, to_addresses, cc_addresses,
        bcc_addresses, reply_to_addresses, folders, metadata, reader_notes, body, rfc822_message_id, rfc822_lo)
      select p_inbox_id[i], p_lo[i], p_hi[i],
             case when p_lo[i] = nova.open_below() then now() + nova.provisional_delay() end,
             case when p_date[i] between -62135596800 and 253402300799 then to_timestamp(p_date[i]) end,
             p_lo[i] = nova.open_below(), p_unread[i], p_starred[i],
             case when p_carried[i] & 4 <> 0 then p_attachments[i] not in ('', '[]') end, p_id[i],
             nullif(p_thread_id[i], ''), p_core_hash[i], nullif(p_extra_hash[i], ''), p_origin[i], p_subject[i],
             p_snippet[i], p_from[i]::jsonb, p_to[i]::jsonb, p_cc[i]::jsonb,
             case when p_carried[i] & 8 <> 0 then p_bcc[i]::jsonb end,
             case when p_carried[i] & 16 <> 0 then p_reply_to[i]::jsonb end, p_folders[i]::jsonb, p_metadata[i]::jsonb,
             nullif(p_notes[i], '')::jsonb, case when p_carried[i] & 2 <> 0 then p_body[i] end,
             nullif(p_rfc822_id[i], ''), case when p_rfc822_id[i] <> '' then p_lo[i] end
        from unnest(added) i;
      return;
    exception when unique_violation then
      -- Another transaction was first with some, and has committed. To ask ON CONFLICT of each, which few have, costs a
      -- look into the index and a lock more.
      added := array(select u.i from unnest(added) with ordinality u (i, n)
                      where not exists (select from public.flux_email_messages m
                                         where m.inbox_id = p_inbox_id[u.i] and m.nylas_message_id = p_id[u.i])
                      order by u.n);
      if cardinality(added) = v_left then
        raise;
      end if;
      v_left := cardinality(added);
    end;
  end loop;
end
$$;
comment on function nova.add_messages is
  'Inserts messages that had no row yet. Returns the places of those that nobody else inserted meanwhile, in the order '
  'of p_places.';

create or replace function nova.judge_observations(
  p_inbox_id uuid[], p_id text[], p_thread_id text[], p_subject text[], p_snippet text[], p_body text[], p_from text[],
  p_to text[], p_cc text[], p_bcc text[], p_reply_to text[], p_attachments text[], p_folders text[], p_metadata text[],
  p_date bigint[], p_unread boolean[], p_starred boolean[], p_carried bigint[], p_core_hash bytea[],
  p_extra_hash bytea[], p_lo bigint[], p_hi bigint[], p_places integer[],
  out replaced integer[], out confirmed integer[], out doubtful integer[], out left_inbox uuid[],
  out left_thread text[])
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  c_whole constant bigint := 32739; -- all but the extras
  c_extras constant bigint := 28;
begin
  select coalesce(array_agg(j.i) filter (where j.outcome = 'replaced'), '{}'),
         coalesce(array_agg(j.i) filter (where j.outcome = 'confirmed'), '{}'),
         coalesce(array_agg(j.i) filter (where j.outcome = 'doubtful'), '{}'),
         array_agg(j.inbox_id) filter (where j.outcome = 'replaced'),
         array_agg(coalesce(j.nylas_thread_id, '')) filter (where j.outcome = 'replaced')
    into replaced, confirmed, doubtful, left_inbox, left_thread
    from (select k.i, m.inbox_id, m.nylas_thread_id,
                 nova.judge_observation(m.lo, m.hi, m.doubt_hi, m.deleted_at,
                   case
                     when m.core_hash = p_core_hash[k.i] then true
                     when p_carried[k.i] & c_whole = c_whole and m.core_hash is not null then false
                     else (p_carried[k.i] & 1 = 0 or m.subject = p_subject[k.i])
                       and (p_carried[k.i] & 32 = 0 or m.nylas_thread_id is not distinct from p_thread_id[k.i])
                       and (p_carried[k.i] & 64 = 0 or m.snippet = p_snippet[k.i])
                       and (p_carried[k.i] & 128 = 0 or nova.same_addresses(m.from_addresses, p_from[k.i]))
                       and (p_carried[k.i] & 256 = 0 or nova.same_addresses(m.to_addresses, p_to[k.i]))
                       and (p_carried[k.i] & 512 = 0 or nova.same_addresses(m.cc_addresses, p_cc[k.i]))
                       and (p_carried[k.i] & 1024 = 0 or m.folders = p_folders[k.i]::jsonb)
                       and (p_carried[k.i] & 2048 = 0 or m.metadata = p_metadata[k.i]::jsonb)
                       and (p_carried[k.i] & 4096 = 0
                            or not m.message_date is distinct from nova.mail_time(p_date[k.i]))
                       and (p_carried[k.i] & 8192 = 0 or m.unread = p_unread[k.i])
                       and (p_carried[k.i] & 16384 = 0 or m.starred = p_starred[k.i])
                       and (p_carried[k.i] & 2 = 0 or m.body is not distinct from p_body[k.i])
                   end
                   and case
                     when p_carried[k.i] & c_extras = 0 then true
                     when p_carried[k.i] & 4 <> 0 and m.has_attachments is null
                       or p_carried[k.i] & 8 <> 0 and m.bcc_addresses is null
                       or p_carried[k.i] & 16 <> 0 and m.reply_to_addresses is null then false
                     when m.extra_hash = p_extra_hash[k.i] then true
                     when p_carried[k.i] & c_extras = c_extras and m.extra_hash is not null then false
                     else (p_carried[k.i] & 8 = 0 or nova.same_addresses(m.bcc_addresses, p_bcc[k.i]))
                       and (p_carried[k.i] & 16 = 0 or nova.same_addresses(m.reply_to_addresses, p_reply_to[k.i]))
                       and (p_carried[k.i] & 4 = 0
                            or nova.same_attachments(m.inbox_id, m.nylas_message_id, p_attachments[k.i]))
                   end, p_lo[k.i], p_hi[k.i]) as outcome
            from (select u.i from unnest(p_places) u (i)
                   order by p_inbox_id[u.i], p_id[u.i] collate "C" offset 0) k
            join public.flux_email_messages m on m.inbox_id = p_inbox_id[k.i] and m.nylas_message_id = p_id[k.i]
             for no key update of m) j;
end
$$;
comment on function nova.judge_observations is
  'What observations do to the rows that are there (nova.judge_observation), which it locks in the order of their '
  'ids; and the threads that those have been in which are replaced.';

create or replace function nova.confirm_messages(
  p_inbox_id uuid[], p_id text[], p_carried bigint[], p_core_hash bytea[], p_extra_hash bytea[], p_lo bigint[],
  p_hi bigint[], p_rfc822_id text[], p_places integer[])
returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_open constant bigint := nova.open_below();
begin
  update public.flux_email_messages m
     set lo = greatest(m.lo, p_lo[i]), hi = greatest(m.hi, p_hi[i]),
         -- A fetch that began after every doubt settles it.
         provisional = m.provisional and p_lo[i] <= coalesce(m.doubt_hi, v_open),
         refetch_at = case when p_lo[i] <= coalesce(m.doubt_hi, v_open) then m.refetch_at end,
         not_found = case when p_lo[i] <= coalesce(m.doubt_hi, v_open) then m.not_found else 0 end,
         core_hash = case when p_carried[i] & 32739 = 32739 then p_core_hash[i] else m.core_hash end,
         extra_hash = case when p_carried[i] & 28 = 28 then p_extra_hash[i] else m.extra_hash end,
         doubt_hi = case when p_lo[i] <= m.doubt_hi then m.doubt_hi end,
         rfc822_message_id = coalesce(nullif(p_rfc822_id[i], ''), m.rfc822_message_id),
         rfc822_lo = case when nullif(p_rfc822_id[i], '') <> coalesce(m.rfc822_message_id, '') then p_lo[i]
                          else m.rfc822_lo end
    from unnest(p_places) i
   where m.inbox_id = p_inbox_id[i] and m.nylas_message_id = p_id[i]
     and (p_lo[i] > m.lo or p_hi[i] > m.hi or m.refetch_at is not null and p_lo[i] > coalesce(m.doubt_hi, v_open));
end
$$;
comment on function nova.confirm_messages is
  'Widens the intervals of messages that were seen as they are, and settles their doubts.';

create or replace function nova.replace_messages(
  p_inbox_id uuid[], p_id text[], p_thread_id text[], p_subject text[], p_snippet text[], p_body text[], p_from text[],
  p_to text[], p_cc text[], p_bcc text[], p_reply_to text[], p_attachments text[], p_folders text[], p_metadata text[],
  p_date bigint[], p_unread boolean[], p_starred boolean[], p_carried bigint[], p_core_hash bytea[],
  p_extra_hash bytea[], p_lo bigint[], p_hi bigint[], p_notes text[], p_rfc822_id text[], p_places integer[])
returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update public.flux_email_messages m
     set lo = p_lo[i], hi = p_hi[i], doubt_hi = null, refetch_at = null, refetch_claimed_at = null, not_found = 0,
         not_found_at = null, provisional = false, deleted_at = null, updated_at = now(),
         changed_in = pg_current_xact_id(),
         message_date = coalesce(case when p_carried[i] & 4096 <> 0 then nova.mail_time(p_date[i]) end, m.message_date),
         nylas_thread_id = case when p_carried[i] & 32 <> 0 and p_thread_id[i] <> '' then p_thread_id[i]
                                else m.nylas_thread_id end,
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
         reply_to_addresses = case when p_carried[i] & 16 <> 0 then p_reply_to[i]::jsonb
                                   else m.reply_to_addresses end,
         reader_notes = nullif(p_notes[i], '')::jsonb,
         rfc822_message_id = coalesce(nullif(p_rfc822_id[i], ''), m.rfc822_message_id),
         rfc822_lo = case when nullif(p_rfc822_id[i], '') <> coalesce(m.rfc822_message_id, '') then p_lo[i]
                          else m.rfc822_lo end,
         -- Of an observation where absent is as empty: the row's when what it lacks is empty here.
         core_hash = case
           when (p_carried[i] & 1 <> 0 or m.subject = '') and (p_carried[i] & 2 <> 0 or m.body is null)
            and (p_carried[i] & 32 <> 0 or m.nylas_thread_id is null) and (p_carried[i] & 64 <> 0 or m.snippet = '')
            and (p_carried[i] & 128 <> 0 or m.from_addresses = '[]')
            and (p_carried[i] & 256 <> 0 or m.to_addresses = '[]')
            and (p_carried[i] & 512 <> 0 or m.cc_addresses = '[]') and (p_carried[i] & 1024 <> 0 or m.folders = '[]')
            and (p_carried[i] & 2048 <> 0 or m.metadata = '{}') and (p_carried[i] & 4096 <> 0 or m.message_date is null)
            and (p_carried[i] & 8192 <> 0 or not m.unread) and (p_carried[i] & 16384 <> 0 or not m.starred)
           then p_core_hash[i] end,
         extra_hash = case
           when p_carried[i] & 28 = 0 then m.extra_hash
           when (p_carried[i] & 4 <> 0 or m.has_attachments is not true)
            and (p_carried[i] & 8 <> 0 or coalesce(m.bcc_addresses, '[]') = '[]')
            and (p_carried[i] & 16 <> 0 or coalesce(m.reply_to_addresses, '[]') = '[]') then p_extra_hash[i] end
    from unnest(p_places) i
   where m.inbox_id = p_inbox_id[i] and m.nylas_message_id = p_id[i];
  delete from public.flux_email_attachments a
   using unnest(p_places) i
   where a.inbox_id = p_inbox_id[i] and a.nylas_message_id = p_id[i] and p_carried[i] & 4 <> 0;
  perform nova.store_attachments(array_agg(p_inbox_id[i]), array_agg(p_id[i]), array_agg(p_attachments[i]))
     from unnest(p_places) i where p_carried[i] & 4 <> 0 and length(p_attachments[i]) > 2
   having count(*) > 0;
end
$$;
comment on function nova.replace_messages is
  'Gives rows, which the caller has locked, the fields that observations carry, and their attachments.';

create or replace function nova.apply_observations(
  p_inbox_id uuid[], p_id text[], p_thread_id text[], p_subject text[], p_snippet text[], p_body text[], p_from text[],
  p_to text[], p_cc text[], p_bcc text[], p_reply_to text[], p_attachments text[], p_folders text[], p_metadata text[],
  p_date bigint[], p_unread boolean[], p_starred boolean[], p_carried bigint[], p_core_hash bytea[],
  p_extra_hash bytea[], p_lo bigint[], p_hi bigint[], p_origin text[], p_notes text[], p_rfc822_id text[],
  p_places integer[], inout touched_inbox uuid[], inout touched_thread text[], out replaced integer,
  out confirmed integer, out doubtful integer)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_judged record;
begin
  select * into v_judged from nova.judge_observations(
    p_inbox_id, p_id, p_thread_id, p_subject, p_snippet, p_body, p_from, p_to, p_cc, p_bcc, p_reply_to, p_attachments,
    p_folders, p_metadata, p_date, p_unread, p_starred, p_carried, p_core_hash, p_extra_hash, p_lo, p_hi, p_places);
  replaced := cardinality(v_judged.replaced);
  confirmed := cardinality(v_judged.confirmed);
  doubtful := cardinality(v_judged.doubtful);
  perform nova.note_decisions(p_inbox_id, p_id, p_lo, p_hi, p_origin, p_places, v_judged.confirmed, v_judged.replaced,
                              v_judged.doubtful) where confirmed < cardinality(p_places);
  if confirmed > 0 then
    perform nova.confirm_messages(p_inbox_id, p_id, p_carried, p_core_hash, p_extra_hash, p_lo, p_hi, p_rfc822_id,
                                  v_judged.confirmed);
  end if;
  if replaced > 0 then
    perform nova.touch_days(array_agg(m.inbox_id), array_agg(d.day))
       from unnest(v_judged.replaced) i
       join public.flux_email_messages m on m.inbox_id = p_inbox_id[i] and m.nylas_message_id = p_id[i]
      cross join lateral (values (nova.mail_day(m.message_date)), (nova.mail_day(nova.mail_time(p_date[i])))) d (day);
    perform nova.replace_messages(
      p_inbox_id, p_id, p_thread_id, p_subject, p_snippet, p_body, p_from, p_to, p_cc, p_bcc, p_reply_to, p_attachments,
      p_folders, p_metadata, p_date, p_unread, p_starred, p_carried, p_core_hash, p_extra_hash, p_lo, p_hi, p_notes,
      p_rfc822_id, v_judged.replaced);
    touched_inbox := touched_inbox || v_judged.left_inbox
      || array(select p_inbox_id[i] from unnest(v_judged.replaced) i);
    touched_thread := touched_thread || v_judged.left_thread
      || array(select p_thread_id[i] from unnest(v_judged.replaced) i);
  end if;
  if doubtful > 0 then
    update public.flux_email_messages m
       set doubt_hi = greatest(m.doubt_hi, p_hi[i]), refetch_at = least(m.refetch_at, now() + nova.doubt_delay())
      from unnest(v_judged.doubtful) i
     where m.inbox_id = p_inbox_id[i] and m.nylas_message_id = p_id[i];
  end if;
end
$$;
comment on function nova.apply_observations is
  'Observations of messages that are there, each once. Adds the threads that are to be computed again.';

-- The plan settings below hold for the steps too: a plan is made once a session, perhaps while the table is empty,
-- and must not become a scan of a table that grew; and no plan is made for each array of bodies.
create or replace function nova.store_messages(
  p_inbox_id uuid[], p_id text[], p_thread_id text[], p_subject text[], p_snippet text[], p_body text[], p_from text[],
  p_to text[], p_cc text[], p_bcc text[], p_reply_to text[], p_attachments text[], p_folders text[], p_metadata text[],
  p_date bigint[], p_unread boolean[], p_starred boolean[], p_carried bigint[], p_core_hash bytea[],
  p_extra_hash bytea[], p_lo bigint[], p_hi bigint[], p_origin text[], p_notes text[],
  p_rfc822_id text[] default '{}')
returns table (inserted integer, replaced integer, confirmed integer, ignored integer, doubtful integer)
language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off as $$
declare
  v_new integer[];
  v_lost integer[];
  v_others uuid[];
  v_other_threads text[];
  v_known integer[];
  v_rounds integer;
  v_named integer[];
  v_added record;
  v_done record;
begin
  replaced := 0; confirmed := 0; ignored := 0; doubtful := 0;
  select f.* into v_new, v_known, v_others, v_other_threads, v_rounds, v_named
    from nova.find_messages(p_inbox_id, p_id, p_thread_id, p_rfc822_id) f;
  select * into v_added from nova.add_to_threads(
    p_inbox_id, p_thread_id, p_subject, p_snippet, p_from, p_to, p_cc, p_attachments, p_folders, p_date, p_unread,
    p_starred, p_carried, v_new, v_others, v_other_threads);
  v_lost := v_new;
  v_new := nova.add_messages(
    p_inbox_id, p_id, p_thread_id, p_subject, p_snippet, p_body, p_from, p_to, p_cc, p_bcc, p_reply_to, p_attachments,
    p_folders, p_metadata, p_date, p_unread, p_starred, p_carried, p_core_hash, p_extra_hash, p_lo, p_hi, p_origin,
    p_notes, p_rfc822_id, v_new);
  inserted := cardinality(v_new);
  if inserted < cardinality(v_lost) then
    -- Another transaction was first with some: they are known now, and their threads' rows have them twice.
    v_lost := array(select unnest(v_lost) except select unnest(v_new));
    v_known := v_known || v_lost;
    v_added.touched_inbox := v_added.touched_inbox || array(select p_inbox_id[i] from unnest(v_lost) i);
    v_added.touched_thread := v_added.touched_thread || array(select p_thread_id[i] from unnest(v_lost) i);
  end if;
  perform nova.note_arrivals(p_inbox_id, p_id, p_lo, p_hi, p_origin, v_new);
  perform nova.store_attachments(array_agg(p_inbox_id[i]), array_agg(p_id[i]), array_agg(p_attachments[i]))
     from unnest(v_new) i where p_carried[i] & 4 <> 0 and length(p_attachments[i]) > 2
   having count(*) > 0;

  for v_round in 1..v_rounds loop
    if v_round > 1 then
      v_known := nova.places_of_round(p_inbox_id, p_id, v_round);
    end if;
    continue when cardinality(v_known) = 0;
    select * into v_done from nova.apply_observations(
      p_inbox_id, p_id, p_thread_id, p_subject, p_snippet, p_body, p_from, p_to, p_cc, p_bcc, p_reply_to, p_attachments,
      p_folders, p_metadata, p_date, p_unread, p_starred, p_carried, p_core_hash, p_extra_hash, p_lo, p_hi, p_origin,
      p_notes, p_rfc822_id, v_known, v_added.touched_inbox, v_added.touched_thread);
    v_added.touched_inbox := v_done.touched_inbox;
    v_added.touched_thread := v_done.touched_thread;
    replaced := replaced + v_done.replaced;
    confirmed := confirmed + v_done.confirmed;
    doubtful := doubtful + v_done.doubtful;
    ignored := ignored + cardinality(v_known) - v_done.replaced - v_done.confirmed - v_done.doubtful;
  end loop;
  perform nova.recompute_threads(array_agg(k.inbox_id), array_agg(k.thread_id))
     from (select distinct u.inbox_id, u.thread_id
             from unnest(v_added.touched_inbox, v_added.touched_thread) u (inbox_id, thread_id)
            where u.thread_id <> '') k
   having count(*) > 0;
  perform nova.touch_dates(p_inbox_id, p_date, v_new);
  perform nova.look_for_former(p_inbox_id, p_id, p_rfc822_id, p_date, p_from, p_lo, v_named) where v_named is not null;
  return next;
end
$$;
comment on function nova.store_messages is
  'Writes observations of messages, their attachments and their threads. Arrays of one length; extra_hash '
  'empty when not carried; dates in seconds, out of range for none; carried: 1 subject, 2 body, 4 '
  'attachments, 8 bcc, 16 reply_to, 32 thread, 64 snippet, 128 from, 256 to, 512 cc, 1024 folders, 2048 '
  'metadata, 4096 date, 8192 unread, 16384 starred; notes: JSON or empty; rfc822_id: Message-IDs or empty, the array '
  'too.';
revoke all on all functions in schema nova from public;
