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
  'Whose it is, the claim sub of the user''s token: for the system access and your own policies. Adopted from the Node '
  'service, or written by you.';

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
comment on function nova.adopted_json is
  'A value, or what is in it where it is JSON in a text; null when that is broken.';

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
  'A time from a column of times, of text, or of seconds or milliseconds since 1970; without a zone it is UTC. Null '
  'when it is none.';

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
                   when 'string' then coalesce(substring(p_value #>> '{}' from '<([^<>]+)>[[:space:]]*$'),
                                               p_value #>> '{}')
                 end as email,
                 case jsonb_typeof(p_value)
                   when 'object' then p_value->>'name'
                   when 'string' then substring(p_value #>> '{}' from '^(.*)<[^<>]+>[[:space:]]*$')
                 end as name) p
   where btrim(p.email) <> ''
$$;
comment on function nova.adopted_person is
  'An address with its name from {email, name}, {address, name} or "Name <address>".';

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
  v_row json := regexp_replace(p_row, E'(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000', E'\\1\\\\ufffd', 'g')::json;
  v_read jsonb := '{}';
  v_field record;
begin
  begin
    return (select coalesce(jsonb_object_agg(m.key, (v_row->m.value)::jsonb), '{}')
              from jsonb_each_text(p_map) m where json_typeof(v_row->m.value) <> 'null');
  exception when data_exception or program_limit_exceeded then
    -- Field by field, then, and without halves of characters, for one of which nothing of the row can be had.
    v_row := regexp_replace(v_row::text, E'\\\\u[dD][89a-fA-F][0-9a-fA-F]{2}', E'\\\\ufffd', 'g')::json;
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
  'A row of the Node service, which is one JSON object, under our names of its fields: p_map says which column each '
  'is. What no jsonb can hold is left out, and named in broken.';

-- Inboxes and backfills are few: one by one.

create or replace function nova.note_adopted(
  p_table text, p_source_id text, p_digest text, p_id uuid, p_inbox_id uuid, p_key text, p_reason text)
returns void
language sql set search_path = pg_catalog, pg_temp as $$
  insert into nova.adopted_rows as a (source_table, source_id, digest, id, inbox_id, key, reason)
  values (p_table, p_source_id, p_digest, case when p_reason is null then p_id end, p_inbox_id, p_key,
          left(p_reason, 500))
      on conflict (source_table, source_id) do update
     set digest = excluded.digest, id = excluded.id, inbox_id = excluded.inbox_id, key = excluded.key,
         reason = excluded.reason, seen_at = excluded.seen_at
$$;
comment on function nova.note_adopted is 'Says what became of a row of the Node service.';

create or replace function nova.adopted_inbox_status(p_status text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case
    when coalesce(p_status, '') = '' or lower(p_status) ~ '^(active|connected|valid|ok|running|syncing|synced)$'
      then 'active'
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
            v_status,
            case when v_status <> 'active' then 'the Node service called it ' || (p_row->>'status') else '' end,
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
      where a.source_table = 'flux_inboxes' and a.key = coalesce(p_row->>'grant', p_row->>'inbox')
        and a.reason is null))
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
  v_created constant timestamptz := coalesce(
    nova.adopted_time(p_row->'created'), nova.adopted_time(p_row->'started'), now());
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

do $$
declare
  v_table text;
begin
  foreach v_table in array array['adopted_rows', 'taken_messages'] loop
    execute format('alter table nova.%I enable row level security', v_table);
    execute format('revoke all on nova.%I from public', v_table);
  end loop;
end
$$;
select nova.grant_rights('service_role', 'select, insert, update, delete', 'nova.adopted_rows', 'nova.taken_messages');
revoke all on all functions in schema nova from public;
select nova.mark_names();
