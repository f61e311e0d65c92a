-- What comes from the database of the Node service that did this work before: docs/from-node.md. `nova adopt` reads its
-- rows there, as JSON, and gives them to these functions with a map from our names of fields to its columns.
--
-- What is adopted counts as older than any observation: its row is origin 'adopted', lo open, hi 0, and provisional,
-- so that no thread and no day is complete by it. While it is so a later copy may change it; once the provider said
-- something of it (hi moved), a copy changes nothing but, the first time, its id and created_at.
select nova.expect_names('flux_inboxes_user');

alter table public.flux_inboxes add column if not exists user_id text;
create index if not exists flux_inboxes_user on public.flux_inboxes (user_id) where user_id is not null;
comment on column public.flux_inboxes.user_id is
  'Whose it is, for your own policies; Nova itself does not look at it. Adopted from the Node service, or written by you.';

create table if not exists nova.adopted_rows (
  source_table text collate "C" not null,
  source_id text collate "C" not null,
  digest text not null,
  id uuid,
  inbox_id uuid,
  key text collate "C",
  reason text,
  seen_at timestamptz not null default clock_timestamp(),
  primary key (source_table, source_id),
  constraint adopted_rows_end check ((id is null) = (reason is not null))
);
create unique index if not exists adopted_rows_key on nova.adopted_rows (source_table, key, inbox_id)
  where reason is null and source_table <> 'flux_inbox_configurations';
comment on table nova.adopted_rows is 'The rows of the Node service that were copied, and those that could not be.';
comment on column nova.adopted_rows.source_id is 'Its id there.';
comment on column nova.adopted_rows.digest is 'Of the whole row there when it was copied; another one is copied again.';
comment on column nova.adopted_rows.id is 'The id of the row here; null: it was not copied.';
comment on column nova.adopted_rows.key is
  'The grant of an inbox, the provider''s id of a thread or a message; of a backfill what it was there.';
comment on column nova.adopted_rows.reason is 'Why it was not copied; null: it was.';

create table if not exists nova.taken_messages (
  queue text not null,
  msg_id bigint not null,
  message json not null,
  became text not null,
  subject text not null default '',
  taken_at timestamptz not null default clock_timestamp(),
  archived_at timestamptz,
  returned_at timestamptz,
  primary key (queue, msg_id)
);
create index if not exists taken_messages_subject on nova.taken_messages (subject);
comment on table nova.taken_messages is
  'What was taken from the queues of the Node service. Written before the message is archived there, so none is lost.';
comment on column nova.taken_messages.became is
  'notification; backfill: its inbox is listed by one; rejected: nobody could read it.';
comment on column nova.taken_messages.subject is 'The notification''s id, or that of the configuration; or why not.';
comment on column nova.taken_messages.returned_at is 'When it was given back; null: it is ours.';

-- Values as they stand in columns that somebody else made: nothing that they hold is an error.

create or replace function nova.adopted_json(p_value jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  -- A list that was written as text, as happens to who gives JSON.stringify to a jsonb column.
  if jsonb_typeof(p_value) = 'string' and p_value #>> '{}' ~ '^[[:space:]]*[[{]' then
    return (p_value #>> '{}')::jsonb;
  end if;
  return p_value;
exception when data_exception then
  return null;
end
$$;
comment on function nova.adopted_json is 'A value, or what is in it where it is JSON in a text; null when that is broken.';

create or replace function nova.adopted_time(p_value jsonb) returns timestamptz
language plpgsql immutable set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, MDY' as $$
declare
  v_text constant text := btrim(p_value #>> '{}');
  v_at timestamptz;
begin
  v_at := case
    when v_text ~ '^[0-9]{9,11}([.][0-9]+)?$' then to_timestamp(v_text::double precision)
    when v_text ~ '^[0-9]{12,14}$' then to_timestamp(v_text::double precision / 1000)
    when v_text ~ '[0-9]{4}' then v_text::timestamptz end;
  return case when v_at between '0001-01-01' and '9999-12-31' then v_at end;
exception when data_exception then
  return null;
end
$$;
comment on function nova.adopted_time is
  'A time from a column of times, of text, or of seconds or milliseconds since 1970; without a zone it is UTC. Null when '
  'it is none.';

create or replace function nova.adopted_truth(p_value jsonb) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select lower(p_value #>> '{}') in ('true', 't', '1', 'yes', 'y')
$$;
comment on function nova.adopted_truth is 'A truth value from a column of any type; null stays null.';

create or replace function nova.adopted_uuid(p_table text, p_id text) returns uuid
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case when p_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then p_id::uuid
              else md5(p_table || '/' || p_id)::uuid end
$$;
comment on function nova.adopted_uuid is
  'The id of an adopted row: the same where it is a uuid, else (a number, a text) one that is made of table and id, so '
  'that whoever noted the old id can compute the new one.';

create or replace function nova.adopted_person(p_value jsonb) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select jsonb_strip_nulls(jsonb_build_object('email', btrim(p.email), 'name', nullif(btrim(p.name, ' "'), '')))
    from (select case jsonb_typeof(p_value)
                   when 'object' then coalesce(p_value->>'email', p_value->>'address')
                   when 'string' then coalesce(substring(p_value #>> '{}' from '<([^<>]+)>[[:space:]]*$'), p_value #>> '{}')
                 end as email,
                 case jsonb_typeof(p_value)
                   when 'object' then p_value->>'name'
                   when 'string' then substring(p_value #>> '{}' from '^(.*)<[^<>]+>[[:space:]]*$')
                 end as name) p
   where btrim(p.email) <> ''
$$;
comment on function nova.adopted_person is 'An address with its name from {email, name}, {address, name} or "Name <address>".';

create or replace function nova.adopted_addresses(p_value jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  v_value jsonb := nova.adopted_json(p_value);
begin
  if jsonb_typeof(v_value) = 'string' and v_value #>> '{}' like '%@%@%' then
    v_value := to_jsonb(string_to_array(v_value #>> '{}', ','));
  elsif jsonb_typeof(v_value) in ('string', 'object') then
    v_value := jsonb_build_array(v_value);
  end if;
  if jsonb_typeof(v_value) is distinct from 'array' then
    return null;
  end if;
  return (select case when count(p.person) = count(*) then coalesce(jsonb_agg(p.person order by p.ord), '[]') end
            from (select nova.adopted_person(e.item) as person, e.ord
                    from jsonb_array_elements(v_value) with ordinality e (item, ord)) p);
end
$$;
comment on function nova.adopted_addresses is 'A list of addresses in the form of our columns; null when it is none.';

create or replace function nova.adopted_folders(p_value jsonb) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce((select jsonb_agg(distinct f.id order by f.id)
                     from (select coalesce(e.item->>'id', e.item #>> '{}') as id
                             from jsonb_array_elements(v.list) e (item)
                            where jsonb_typeof(e.item) in ('string', 'object')) f
                    where f.id <> ''), '[]')
    from (select nova.adopted_json(p_value) as list) v where jsonb_typeof(v.list) = 'array'
$$;
comment on function nova.adopted_folders is 'A list of folder ids, sorted; null when it is none.';

create or replace function nova.adopted_attachments(p_value jsonb) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select v.list from (select nova.adopted_json(p_value) as list) v
   where jsonb_typeof(v.list) = 'array'
     and not exists (select from jsonb_array_elements(case when jsonb_typeof(v.list) = 'array' then v.list end) e (item)
                      where jsonb_typeof(e.item) <> 'object')
$$;
comment on function nova.adopted_attachments is 'A list of attachments; null when it is none.';

create or replace function nova.adopted_row(p_row text, p_map jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  -- U+0000 may stand in a column of json, and in nothing else.
  v_row constant json := regexp_replace(p_row, E'(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000', E'\\1\\\\ufffd', 'g')::json;
  v_read jsonb := '{}';
  v_field record;
begin
  begin
    return (select coalesce(jsonb_object_agg(m.key, (v_row->m.value)::jsonb), '{}')
              from jsonb_each_text(p_map) m where json_typeof(v_row->m.value) <> 'null');
  exception when data_exception or program_limit_exceeded then
    null; -- field by field, then
  end;
  for v_field in select m.key, m.value from jsonb_each_text(p_map) m where v_row->m.value is not null loop
    begin
      v_read := v_read || jsonb_build_object(v_field.key, (v_row->v_field.value)::jsonb);
    exception when data_exception or program_limit_exceeded then
      v_read := v_read || jsonb_build_object('broken', coalesce(v_read->'broken', '[]') || to_jsonb(v_field.key));
    end;
  end loop;
  return v_read;
end
$$;
comment on function nova.adopted_row is
  'A row of the Node service, which is one JSON object, under our names of its fields: p_map says which column each is. '
  'What no jsonb can hold is left out, and named in broken.';

-- Inboxes and backfills are few: one by one.

create or replace function nova.note_adopted(
  p_table text, p_source_id text, p_digest text, p_id uuid, p_inbox_id uuid, p_key text, p_reason text)
returns void
language sql set search_path = pg_catalog, pg_temp as $$
  insert into nova.adopted_rows as a (source_table, source_id, digest, id, inbox_id, key, reason)
  values (p_table, p_source_id, p_digest, case when p_reason is null then p_id end, p_inbox_id, p_key, left(p_reason, 500))
      on conflict (source_table, source_id) do update
     set digest = excluded.digest, id = excluded.id, inbox_id = excluded.inbox_id, key = excluded.key,
         reason = excluded.reason, seen_at = excluded.seen_at
$$;
comment on function nova.note_adopted is 'Says what became of a row of the Node service.';

create or replace function nova.adopted_inbox_status(p_status text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case
    when coalesce(p_status, '') = '' or lower(p_status) ~ '^(active|connected|valid|ok|running|syncing|synced)$' then 'active'
    when lower(p_status) ~ '(expired|invalid|reauth|revoked)' then 'auth_expired'
    when lower(p_status) ~ '^(removed|deleted)$' then 'removed'
    else 'disabled' end
$$;
comment on function nova.adopted_inbox_status is
  'What the status of an inbox there is here. What is not known is disabled: nobody calls it before somebody looked.';

create or replace function nova.adopt_inbox(p_source_id text, p_row jsonb) returns uuid
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_grant constant text := btrim(p_row->>'grant');
  v_email constant text := btrim(p_row->>'email');
  v_provider constant text := lower(btrim(p_row->>'provider'));
  v_status constant text := nova.adopted_inbox_status(p_row->>'status');
  v_known nova.adopted_rows;
  v_id uuid;
begin
  if coalesce(v_grant, '') = '' or coalesce(v_email, '') = '' then
    raise exception 'it has no %', case when coalesce(v_email, '') = '' then 'address' else 'grant' end
      using errcode = '22004';
  end if;
  select * into v_known from nova.adopted_rows a
   where a.source_table = 'flux_inboxes' and a.key = v_grant and a.reason is null and a.source_id <> p_source_id;
  if found then
    raise exception 'its grant % is that of the inbox % already', v_grant, v_known.source_id using errcode = '23505';
  end if;
  select * into v_known from nova.adopted_rows a where a.source_table = 'flux_inboxes' and a.source_id = p_source_id;
  select i.id into v_id from public.flux_inboxes i
   where i.grant_id = v_grant or i.id = coalesce(v_known.id, nova.adopted_uuid('flux_inboxes', p_source_id))
   order by i.grant_id = v_grant desc limit 1 for no key update;
  if not found then
    insert into public.flux_inboxes (id, user_id, email, grant_id, provider, status, status_reason, created_at)
    values (nova.adopted_uuid('flux_inboxes', p_source_id), p_row->>'user', v_email, v_grant,
            case when v_provider = 'gmail' then 'google'
                 when v_provider in ('outlook', 'office365', 'exchange') then 'microsoft'
                 when v_provider in ('google', 'microsoft', 'imap', 'icloud', 'yahoo', 'ews', 'nylas') then v_provider
                 else '' end,
            v_status, case when v_status <> 'active' then 'the Node service called it ' || (p_row->>'status') else '' end,
            coalesce(nova.adopted_time(p_row->'created'), now()))
    returning id into v_id;
    return v_id;
  end if;
  -- What Nova found out about it stays: whose it is, and another grant than the one that was adopted, are news.
  update public.flux_inboxes i
     set user_id = coalesce(p_row->>'user', i.user_id), email = v_email,
         grant_id = case when i.grant_id = v_known.key then v_grant else i.grant_id end, updated_at = now()
   where i.id = v_id
     and (i.user_id is distinct from coalesce(p_row->>'user', i.user_id) or i.email <> v_email
          or i.grant_id = v_known.key and v_known.key <> v_grant);
  return v_id;
end
$$;
comment on function nova.adopt_inbox is
  'Adopts an inbox: one of its grant that is here already goes on as it. Returns its id here.';

create or replace function nova.adopt_inboxes(p_ids text[], p_digests text[], p_rows text[], p_map jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_row jsonb;
  v_id uuid;
begin
  for i in 1..cardinality(p_ids) loop
    begin
      v_row := nova.adopted_row(p_rows[i], p_map);
      v_id := nova.adopt_inbox(p_ids[i], v_row);
      perform nova.note_adopted('flux_inboxes', p_ids[i], p_digests[i], v_id, v_id, btrim(v_row->>'grant'), null);
    exception when data_exception or integrity_constraint_violation or program_limit_exceeded then
      perform nova.note_adopted('flux_inboxes', p_ids[i], p_digests[i], null, null, null, sqlerrm);
    end;
  end loop;
end
$$;
comment on function nova.adopt_inboxes is
  'Adopts inboxes. Arrays of one length: their ids there, digests and rows. What became of each: nova.adopted_rows.';

create or replace function nova.adopted_inbox_of(p_row jsonb) returns uuid
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(
    (select a.id from nova.adopted_rows a
      where a.source_table = 'flux_inboxes' and a.source_id = p_row->>'inbox'),
    (select a.id from nova.adopted_rows a
      where a.source_table = 'flux_inboxes' and a.key = coalesce(p_row->>'grant', p_row->>'inbox') and a.reason is null))
$$;
comment on function nova.adopted_inbox_of is 'The adopted inbox that a row names, by its id there or by its grant.';

create or replace function nova.adopted_backfill_status(p_status text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case
    when lower(p_status) ~ '^(completed|complete|done|synced|finished)$' then 'completed'
    when lower(p_status) ~ '^(failed|error)$' then 'failed'
    when lower(p_status) ~ '^(cancelled|canceled|aborted|stopped)$' then 'cancelled'
    when coalesce(p_status, '') = '' or lower(p_status) ~ '^(idle|none|not_started|new)$' then 'idle'
    else 'unfinished' end
$$;
comment on function nova.adopted_backfill_status is
  'What the status of a backfill there means: one that is under way, or of a kind that is not known, is unfinished. It '
  'rests here (idle) until nova.start_adopted_backfills takes it over.';

create or replace function nova.adopt_configuration(p_source_id text, p_row jsonb) returns uuid
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_id constant uuid := nova.adopted_uuid('flux_inbox_configurations', p_source_id);
  v_inbox_id constant uuid := nova.adopted_inbox_of(p_row);
  v_was constant text := nova.adopted_backfill_status(p_row->>'status');
  v_created constant timestamptz := coalesce(nova.adopted_time(p_row->'created'), nova.adopted_time(p_row->'started'), now());
  v_completed constant timestamptz := case when v_was = 'completed' then coalesce(
    nova.adopted_time(p_row->'completed'), nova.adopted_time(p_row->'updated'), v_created) end;
  v_end constant timestamptz := coalesce(nova.adopted_time(p_row->'end'), v_completed, v_created);
  -- The service goes back a year at most.
  v_start constant timestamptz := coalesce(nova.adopted_time(p_row->'start'), v_end - interval '1 year');
begin
  if v_inbox_id is null then
    raise exception 'its inbox % was not copied', coalesce(p_row->>'inbox', 'null') using errcode = '23503';
  elsif v_start >= v_end then
    raise exception 'it ends (%) before it starts (%)', v_end, v_start using errcode = '22023';
  end if;
  delete from public.flux_inbox_configurations c
   where c.id = v_id and c.backfill_status = 'idle'
     and not exists (select from public.queued_threads q where q.config_id = c.id);
  insert into public.flux_inbox_configurations as c (
    id, inbox_id, backfill_status, backfill_start, backfill_end, backfill_progress, discovery_done, error_message,
    backfill_started_at, backfill_completed_at, created_at)
  select v_id, v_inbox_id, case when v_was = 'unfinished' then 'idle' else v_was end, v_start, v_end,
         '{"threads_queued": 0, "threads_completed": 0, "threads_failed": 0, "total_messages_synced": 0, '
         '"checkpoint": null}'::jsonb || jsonb_build_object('adopted', coalesce(p_row->'progress', 'null')),
         v_was = 'completed',
         case when v_was = 'failed' then coalesce(p_row->>'error', 'failed in the Node service') end,
         nova.adopted_time(p_row->'started'), v_completed, v_created
      on conflict (id) do nothing;
  return v_id;
end
$$;
comment on function nova.adopt_configuration is
  'Adopts a backfill as it is there; one that Nova has taken up stays as it is. Returns its id here.';

create or replace function nova.adopt_configurations(p_ids text[], p_digests text[], p_rows text[], p_map jsonb)
returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_row jsonb;
  v_id uuid;
begin
  for i in 1..cardinality(p_ids) loop
    begin
      v_row := nova.adopted_row(p_rows[i], p_map);
      v_id := nova.adopt_configuration(p_ids[i], v_row);
      perform nova.note_adopted('flux_inbox_configurations', p_ids[i], p_digests[i], v_id, nova.adopted_inbox_of(v_row),
                                nova.adopted_backfill_status(v_row->>'status'), null);
    exception when data_exception or integrity_constraint_violation or program_limit_exceeded then
      perform nova.note_adopted('flux_inbox_configurations', p_ids[i], p_digests[i], null, null, null, sqlerrm);
    end;
  end loop;
end
$$;
comment on function nova.adopt_configurations is 'Adopts backfills, as nova.adopt_inboxes does inboxes.';

-- Threads and messages are many: read one by one, written together.

create or replace function nova.adoptable(
  p_table text, p_ids text[], p_digests text[], p_rows text[], p_map jsonb, p_key text)
returns table (source_id text, digest text, id uuid, inbox_id uuid, key text, is_first boolean, reason text, fields jsonb)
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
  select 'flux_email_threads', r.source_id, r.digest, case when r.reason is null then r.id end, r.inbox_id, r.key, r.reason
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
     set id = p_id[i], created_at = least(m.created_at, coalesce(nova.adopted_time(p_fields[i]->'created'), m.created_at)),
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
  'Writes messages that are not known, or were only adopted so far. Of what Nova has read itself it changes the id, once.';

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
  'Notes messages of a queue of the Node service before they are archived there. Returns those that were not noted yet, '
  'or had been given back.';

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

do $$
declare
  v_table text;
begin
  foreach v_table in array array['adopted_rows', 'taken_messages'] loop
    execute format('alter table nova.%I enable row level security', v_table);
    execute format('revoke all on nova.%I from public', v_table);
    if to_regrole('service_role') is not null then
      execute format('grant select, insert, update, delete on nova.%I to service_role', v_table);
    end if;
  end loop;
end
$$;
revoke all on all functions in schema nova from public;
select nova.mark_names();
