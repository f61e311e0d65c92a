-- Threads, messages and queues of the Node service; 023_adoption has what stands before them.

-- Threads and messages are many: read one by one, written together.

create or replace function nova.adoptable(
  p_table text, p_ids text[], p_digests text[], p_rows text[], p_map jsonb, p_key text)
returns table (
  source_id text, digest text, id uuid, inbox_id uuid, key text, is_first boolean, reason text, fields jsonb)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return query
    with given as materialized (
      select g.source_id, g.digest, g.ord, r.fields, coalesce(t.inbox_id, nova.adopted_inbox_of(r.fields)) as inbox_id,
             r.fields->>p_key as key, t.key as thread
        from unnest(p_ids, p_digests, p_rows) with ordinality g (source_id, digest, text, ord)
       cross join lateral (select nova.adopted_row(g.text, p_map) as fields offset 0) r
        left join nova.adopted_rows t on t.source_table = 'flux_email_threads' and t.source_id = r.fields->>'thread_row'
         and t.reason is null and p_table = 'flux_email_messages'),
    numbered as (
      select g.*, row_number() over (partition by g.inbox_id, g.key order by g.ord) as turn,
             (select o.source_id from nova.adopted_rows o
               where o.source_table = p_table and o.key = g.key and o.inbox_id = g.inbox_id and o.reason is null
                 and o.source_id <> g.source_id) as other
        from given g)
    select n.source_id, n.digest, nova.adopted_uuid(p_table, n.source_id), n.inbox_id, n.key,
           not exists (select from nova.adopted_rows k where k.source_table = p_table and k.source_id = n.source_id
                          and k.reason is null),
           case
             when coalesce(n.key, '') = '' then 'it has no id of the provider'
             when octet_length(n.key) > 1000 then 'its id of the provider has more than 1,000 bytes'
             when n.inbox_id is null then 'its inbox ' || coalesce(n.fields->>'inbox', 'null') || ' was not copied'
             when n.other is not null then 'row ' || n.other || ' is the same'
             when n.turn > 1 then 'an earlier row is the same' end,
           n.fields || jsonb_build_object('thread', coalesce(
             n.fields->>'thread', n.thread,
             -- Of a thread that is not there; its id says nothing to the provider, unless it is the provider's.
             case when n.fields->>'thread_row' !~* '^([0-9]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$'
                  then n.fields->>'thread_row' end, ''))
      from numbered n;
end
$$;
comment on function nova.adoptable is
  'Rows as they are to be written, each with its id here, its inbox and the provider''s id, and whether it was never '
  'written before; or why it cannot be.';

create or replace function nova.adopt_threads(p_ids text[], p_digests text[], p_rows text[], p_map jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  with read as materialized (
    select * from nova.adoptable('flux_email_threads', p_ids, p_digests, p_rows, p_map, 'key')),
  -- All that a thread has is of its messages, but these two.
  written as (
    insert into public.flux_email_threads as t (id, inbox_id, nylas_thread_id, created_at)
    select r.id, r.inbox_id, r.key, coalesce(nova.adopted_time(r.fields->'created'), now())
      from read r where r.reason is null and r.is_first
     order by r.inbox_id, r.key collate "C"
        on conflict (nylas_thread_id, inbox_id) do update
       set id = excluded.id, created_at = least(t.created_at, excluded.created_at))
  insert into nova.adopted_rows as a (source_table, source_id, digest, id, inbox_id, key, reason)
  select 'flux_email_threads', r.source_id, r.digest, case when r.reason is null then r.id end, r.inbox_id, r.key,
         r.reason
    from read r
      on conflict (source_table, source_id) do update
     set digest = excluded.digest, id = excluded.id, inbox_id = excluded.inbox_id, key = excluded.key,
         reason = excluded.reason, seen_at = excluded.seen_at;
end
$$;
comment on function nova.adopt_threads is 'Adopts threads, as nova.adopt_inboxes does inboxes.';

create or replace function nova.write_adopted(
  p_inbox_id uuid[], p_key text[], p_id uuid[], p_first boolean[], p_fields jsonb[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- What Nova knows already keeps what it has; that other programs know it by an id counts.
  update public.flux_email_messages m
     set id = p_id[i], created_at = least(m.created_at, nova.adopted_time(p_fields[i]->'created')),
         changed_in = pg_current_xact_id()
    from generate_subscripts(p_id, 1) i
   where p_first[i] and m.nylas_message_id = p_key[i] and m.inbox_id = p_inbox_id[i];
  -- One that was only adopted so far is written anew: it has no more than what is copied.
  delete from public.flux_email_messages m
   using generate_subscripts(p_id, 1) i
   where m.nylas_message_id = p_key[i] and m.inbox_id = p_inbox_id[i] and m.origin = 'adopted' and m.hi = 0
     and m.deleted_at is null;
  insert into public.flux_email_messages as m (
    id, inbox_id, nylas_message_id, lo, hi, provisional, origin, created_at, message_date, unread, starred,
    has_attachments, nylas_thread_id, subject, snippet, from_addresses, to_addresses, cc_addresses, bcc_addresses,
    reply_to_addresses, folders, body)
  select p_id[i], p_inbox_id[i], p_key[i], nova.open_below(), 0, true, 'adopted',
         coalesce(nova.adopted_time(f->'created'), now()), nova.adopted_time(f->'date'),
         coalesce(nova.adopted_truth(f->'unread'), false), coalesce(nova.adopted_truth(f->'starred'), false),
         coalesce(jsonb_array_length(nova.adopted_attachments(f->'attachments')) > 0,
                  nova.adopted_truth(f->'has_attachments')),
         nullif(f->>'thread', ''), coalesce(f->>'subject', ''), coalesce(f->>'snippet', ''),
         coalesce(nova.adopted_addresses(f->'from'),
                  nova.adopted_addresses(jsonb_build_object('email', f->>'from_email', 'name', f->>'from_name')), '[]'),
         coalesce(nova.adopted_addresses(f->'to'), '[]'), coalesce(nova.adopted_addresses(f->'cc'), '[]'),
         nova.adopted_addresses(f->'bcc'), nova.adopted_addresses(f->'reply_to'),
         coalesce(nova.adopted_folders(f->'folders'), '[]'), f->>'body'
    from unnest(p_fields) with ordinality g (f, i)
   where not exists (select from public.flux_email_messages k where k.nylas_message_id = p_key[i]
                        and k.inbox_id = p_inbox_id[i])
   order by p_inbox_id[i], p_key[i] collate "C"
      on conflict (nylas_message_id, inbox_id) do update set id = excluded.id, changed_in = pg_current_xact_id();
  perform nova.store_attachments(array_agg(p_inbox_id[i]), array_agg(p_key[i]),
                                 array_agg(nova.adopted_attachments(p_fields[i]->'attachments')::text))
     from generate_subscripts(p_id, 1) i
     join public.flux_email_messages m on m.nylas_message_id = p_key[i] and m.inbox_id = p_inbox_id[i]
      and m.origin = 'adopted' and m.hi = 0
    where jsonb_array_length(nova.adopted_attachments(p_fields[i]->'attachments')) > 0
   having count(*) > 0;
end
$$;
comment on function nova.write_adopted is
  'Writes messages that are not known, or were only adopted so far. Of what Nova has read itself it changes the id, '
  'once.';

create or replace function nova.adopt_messages(p_ids text[], p_digests text[], p_rows text[], p_map jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_inbox uuid[];
  v_key text[];
  v_thread text[];
  v_id uuid[];
  v_first boolean[];
  v_fields jsonb[];
  v_left_inbox uuid[];
  v_left text[];
begin
  with read as materialized (
    select * from nova.adoptable('flux_email_messages', p_ids, p_digests, p_rows, p_map, 'key')),
  noted as (
    insert into nova.adopted_rows as a (source_table, source_id, digest, id, inbox_id, key, reason)
    select 'flux_email_messages', r.source_id, r.digest, case when r.reason is null then r.id end, r.inbox_id, r.key,
           r.reason
      from read r
        on conflict (source_table, source_id) do update
       set digest = excluded.digest, id = excluded.id, inbox_id = excluded.inbox_id, key = excluded.key,
           reason = excluded.reason, seen_at = excluded.seen_at)
  select array_agg(r.inbox_id), array_agg(r.key), array_agg(coalesce(r.fields->>'thread', '')), array_agg(r.id),
         array_agg(r.is_first), array_agg(r.fields)
    into v_inbox, v_key, v_thread, v_id, v_first, v_fields
    from read r where r.reason is null;
  if v_id is null then
    return;
  end if;
  perform nova.lock_threads_of(v_inbox, v_key, v_thread);
  select array_agg(m.inbox_id), array_agg(m.nylas_thread_id) into v_left_inbox, v_left
    from unnest(v_inbox, v_key) g (inbox_id, key)
    join public.flux_email_messages m on m.nylas_message_id = g.key and m.inbox_id = g.inbox_id;
  perform nova.write_adopted(v_inbox, v_key, v_id, v_first, v_fields);
  perform nova.recompute_threads(array_agg(k.inbox_id), array_agg(k.thread_id))
     from (select g.inbox_id, g.thread_id from unnest(v_inbox, v_thread) g (inbox_id, thread_id)
           union
           select l.inbox_id, l.thread_id from unnest(v_left_inbox, v_left) l (inbox_id, thread_id)) k
    where k.thread_id <> ''
   having count(*) > 0;
  perform nova.touch_days(array_agg(m.inbox_id), array_agg(nova.mail_day(m.message_date)))
     from unnest(v_inbox, v_key) g (inbox_id, key)
     join public.flux_email_messages m on m.nylas_message_id = g.key and m.inbox_id = g.inbox_id;
end
$$;
comment on function nova.adopt_messages is 'Adopts messages, as nova.adopt_inboxes does inboxes.';

create or replace function nova.adopt_rows(
  p_table text, p_ids text[], p_digests text[], p_rows text[], p_map jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.expect_equal_lengths(cardinality(p_ids), cardinality(p_digests), cardinality(p_rows));
  case p_table
    when 'flux_inboxes' then perform nova.adopt_inboxes(p_ids, p_digests, p_rows, p_map);
    when 'flux_inbox_configurations' then perform nova.adopt_configurations(p_ids, p_digests, p_rows, p_map);
    when 'flux_email_threads' then perform nova.adopt_threads(p_ids, p_digests, p_rows, p_map);
    when 'flux_email_messages' then perform nova.adopt_messages(p_ids, p_digests, p_rows, p_map);
  end case;
end
$$;
comment on function nova.adopt_rows is 'Adopts rows of one of the four tables: their ids there, digests and texts.';

create or replace function nova.lacking_rows(p_table text, p_ids text[], p_keys text[])
returns table (source_id text, reason text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select g.source_id,
         case when a.source_id is null then 'not copied yet' when a.reason is not null then a.reason
              else 'copied, and gone since' end
    from unnest(p_ids, p_keys) with ordinality g (source_id, key, ord)
    left join nova.adopted_rows a on a.source_table = p_table and a.source_id = g.source_id
   where a.reason is not null or a.source_id is null or not case p_table
     when 'flux_inboxes' then exists (select from public.flux_inboxes i where i.id = a.id and i.grant_id = a.key)
     when 'flux_inbox_configurations' then exists (select from public.flux_inbox_configurations c where c.id = a.id)
     when 'flux_email_threads' then exists (
       select from public.flux_email_threads t
        where t.nylas_thread_id = g.key and t.inbox_id = a.inbox_id and t.id = a.id)
     else exists (
       select from public.flux_email_messages m
        where m.nylas_message_id = g.key and m.inbox_id = a.inbox_id
          -- Under the id that other programs know, or as what it is called now.
          and (m.id = a.id or exists (select from nova.message_former_ids f
                                       where f.inbox_id = m.inbox_id
                                         and (f.former_id = g.key or f.message_id = g.key)))) end
   order by g.ord
$$;
comment on function nova.lacking_rows is
  'Those of the rows of the Node service, by their ids and the provider''s, that are not here under their id; and why.';

-- Their queues, and who goes on with their backfills.

create or replace function nova.take_messages(
  p_queue text, p_msg_ids bigint[], p_messages text[], p_became text[], p_subjects text[])
returns setof bigint
language sql set search_path = pg_catalog, pg_temp as $$
  insert into nova.taken_messages as t (queue, msg_id, message, became, subject)
  select p_queue, g.msg_id, g.message::json, g.became, g.subject
    from unnest(p_msg_ids, p_messages, p_became, p_subjects) g (msg_id, message, became, subject)
      on conflict (queue, msg_id) do update
     set became = excluded.became, subject = excluded.subject, taken_at = excluded.taken_at, archived_at = null,
         returned_at = null
   where t.returned_at is not null
  returning t.msg_id
$$;
comment on function nova.take_messages is
  'Notes messages of a queue of the Node service before they are archived there. Returns those that were not noted '
  'yet, or had been given back.';

create or replace function nova.note_archived(p_queue text, p_msg_ids bigint[]) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update nova.taken_messages t set archived_at = coalesce(t.archived_at, clock_timestamp())
   where t.queue = p_queue and t.msg_id = any (p_msg_ids)
$$;
comment on function nova.note_archived is 'The Node service sees these messages no more.';

create or replace function nova.adopted_work()
returns table (inbox_id uuid, config_ids uuid[], range_start timestamptz, messages bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with unfinished as (
    select c.inbox_id, array_agg(c.id order by c.created_at desc, c.id) as ids, min(c.backfill_start) as since
      from public.flux_inbox_configurations c
      join nova.adopted_rows a on a.source_table = 'flux_inbox_configurations' and a.id = c.id and a.key = 'unfinished'
     where c.backfill_status = 'idle'
     group by c.inbox_id),
  unread as (
    select m.inbox_id, min(m.message_date) as since, count(*) as messages
      from public.flux_email_messages m
     where m.origin = 'adopted' and m.provisional and m.deleted_at is null
       -- What a backfill that ended since it was copied has not found, the certifier asks for.
       and not exists (select from public.flux_inbox_configurations c
                        where c.inbox_id = m.inbox_id and c.backfill_status = 'completed'
                          and c.backfill_completed_at > m.updated_at and c.backfill_start <= m.message_date)
     group by m.inbox_id),
  jobs as (
    select nova.adopted_inbox_of(jsonb_build_object('inbox', t.message->>'inbox_id')) as inbox_id,
           min(nova.adopted_time(to_jsonb(t.message->>'start_date'))) as since
      from nova.taken_messages t
     where t.queue = 'inbox_backfill_jobs' and t.became = 'backfill' and t.returned_at is null
       and not exists (select from public.flux_inbox_configurations c
                        where c.backfill_status <> 'idle'
                          and c.id = nova.adopted_uuid('flux_inbox_configurations', t.message->>'config_id'))
     group by 1)
  select i.id, coalesce(u.ids, '{}'), least(u.since, r.since, j.since), coalesce(r.messages, 0)
    from public.flux_inboxes i
    left join unfinished u on u.inbox_id = i.id
    left join unread r on r.inbox_id = i.id
    left join jobs j on j.inbox_id = i.id
   where i.status in ('active', 'auth_expired') and least(u.since, r.since, j.since) is not null
     and not exists (select from public.flux_inbox_configurations c
                      where c.inbox_id = i.id
                        and c.backfill_status in ('pending', 'discovering', 'thread_sync', 'paused'))
   order by i.id
$$;
comment on function nova.adopted_work is
  'Inboxes of which the Node service has not finished a backfill, or whose adopted messages Nova has not read at the '
  'provider yet: since when, and how many.';

create or replace function nova.start_adopted_backfills(p_who text)
returns table (inbox_id uuid, config_id uuid, range_start timestamptz, messages bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_work record;
begin
  for v_work in select * from nova.adopted_work() loop
    perform from public.flux_inboxes i where i.id = v_work.inbox_id for no key update;
    config_id := v_work.config_ids[1];
    if config_id is null then
      config_id := nova.open_backfill(v_work.inbox_id, v_work.range_start, now());
    else
      perform nova.move_backfill(c.id, 'cancelled', p_who, 'covered by ' || config_id)
         from unnest(v_work.config_ids[2:]) c (id);
      update public.flux_inbox_configurations c set backfill_start = v_work.range_start, backfill_end = now()
       where c.id = start_adopted_backfills.config_id;
      perform nova.move_backfill(config_id, 'pending', p_who, 'taken over from the Node service');
      perform pgmq.send('inbox_backfill_jobs', jsonb_build_object(
        'config_id', config_id, 'inbox_id', v_work.inbox_id, 'start_date', v_work.range_start, 'end_date', now()));
    end if;
    inbox_id := v_work.inbox_id;
    range_start := v_work.range_start;
    messages := v_work.messages;
    return next;
  end loop;
end
$$;
comment on function nova.start_adopted_backfills is
  'Starts one backfill for each inbox of nova.adopted_work, from there to now: it finds what the Node service had not '
  'found, and reads what was adopted, a hundred messages a call. The newest unfinished one of the inbox becomes it.';

create or replace function nova.messages_to_return()
returns table (queue text, msg_id bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select t.queue, t.msg_id
    from nova.taken_messages t
    left join public.flux_webhook_notifications n on t.became = 'notification' and n.notification_id = t.subject
   where t.returned_at is null
     and case t.became
           when 'notification' then n.status is null or n.status in ('pending', 'error')
           when 'backfill' then not exists (
             select from public.flux_inbox_configurations c
              where c.backfill_status = 'completed' and c.backfill_completed_at > t.taken_at
                and c.inbox_id = coalesce(
                  nova.adopted_inbox_of(jsonb_build_object('inbox', t.message->>'inbox_id',
                                                           'grant', t.message->>'grant_id')),
                  (select o.inbox_id from public.flux_inbox_configurations o
                    where o.id = nova.adopted_uuid('flux_inbox_configurations', t.message->>'config_id'))))
           else true end
   order by t.queue, t.msg_id
$$;
comment on function nova.messages_to_return is 'What was taken and Nova has not worked off.';
revoke all on all functions in schema nova from public;
