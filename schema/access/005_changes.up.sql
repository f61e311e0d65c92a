-- What changed since a position, in an order that never leaves out what is committed late: rows are read in the order
-- of the transactions that wrote them, and only those of transactions that are older than every one that still runs.
-- Nothing is written for it but what the row itself says; what is deleted for good leaves one mark an inbox.
--
--   position = epoch : transaction : kind : inbox : key       all before it was read
--   epoch    = server, timeline and restores: of another database, or of one set back, nothing can be told
select nova.expect_names('mail_changes()', 'flux_email_threads_changed', 'flux_email_folders_changed',
                         'flux_inbox_configurations_changed');

alter table public.flux_email_threads add column if not exists changed_in xid8 not null default pg_current_xact_id();
alter table public.flux_email_folders add column if not exists changed_in xid8 not null default pg_current_xact_id();
alter table public.flux_inbox_configurations
  add column if not exists changed_in xid8 not null default pg_current_xact_id();
alter table nova.mail_certificate_events
  add column if not exists changed_in xid8 not null default pg_current_xact_id();
create index if not exists flux_email_threads_changed on public.flux_email_threads (changed_in);
create index if not exists flux_email_folders_changed on public.flux_email_folders (changed_in);
create index if not exists flux_inbox_configurations_changed on public.flux_inbox_configurations (changed_in);
create index if not exists mail_certificate_events_changed on nova.mail_certificate_events (changed_in);
comment on column public.flux_email_threads.changed_in is 'The transaction that last wrote the row, for mail_changes.';
comment on column public.flux_email_folders.changed_in is 'The transaction that last wrote the row, for mail_changes.';
comment on column public.flux_inbox_configurations.changed_in is
  'The transaction that last wrote the row, for mail_changes.';

create or replace function nova.note_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  new.changed_in := pg_current_xact_id();
  return new;
end
$$;
comment on function nova.note_change() is 'Before an update: the row says which transaction it is of.';
create or replace trigger nova_changed before update on public.flux_email_threads
  for each row execute function nova.note_change();
create or replace trigger nova_changed before update on public.flux_email_folders
  for each row execute function nova.note_change();
create or replace trigger nova_changed before update on public.flux_inbox_configurations
  for each row execute function nova.note_change();

create table if not exists nova.change_gaps (
  inbox_id uuid primary key,
  deleted_in xid8 not null
);
comment on table nova.change_gaps is
  'Inboxes of which rows were deleted for good: who has not read up to then is told to begin anew.';
comment on column nova.change_gaps.deleted_in is 'The last transaction that did.';

create or replace function nova.note_gap() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into nova.change_gaps as g (inbox_id, deleted_in)
  select distinct d.inbox_id, pg_current_xact_id() from gone d order by 1
      on conflict (inbox_id) do update set deleted_in = excluded.deleted_in
      where g.deleted_in <> excluded.deleted_in;
  return null;
end
$$;
comment on function nova.note_gap() is 'After rows of inboxes were deleted (transition table "gone").';

create or replace function nova.note_lost_inbox() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into nova.change_gaps as g (inbox_id, deleted_in)
  select d.id, pg_current_xact_id() from gone d order by 1
      on conflict (inbox_id) do update set deleted_in = excluded.deleted_in;
  return null;
end
$$;
comment on function nova.note_lost_inbox() is 'After inboxes were deleted (transition table "gone").';
create or replace trigger nova_gap after delete on public.flux_inboxes
  referencing old table as gone for each statement execute function nova.note_lost_inbox();

create unlogged table if not exists nova.change_listeners (
  name text collate "C" primary key,
  until timestamptz not null
);
comment on table nova.change_listeners is
  'Who waits for changes and is told of them on channel nova_changes; while there is nobody nobody is told.';

create or replace function nova.hint_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_notify('nova_changes', '') where exists (select from nova.change_listeners l where l.until > now());
  return null;
end
$$;
comment on function nova.hint_change() is 'After a statement: tells who waits, once a transaction.';

create or replace function nova.await_changes(p_name text, p_for interval) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  delete from nova.change_listeners l where l.until < now() - interval '1 hour' and l.name <> p_name;
  insert into nova.change_listeners as l (name, until) values (p_name, clock_timestamp() + p_for)
      on conflict (name) do update set until = excluded.until
$$;
comment on function nova.await_changes(text, interval) is
  'Has channel nova_changes notified when something changed, for so long; who listens says it again before.';

do $$
declare
  v_table text;
begin
  foreach v_table in array array['public.flux_email_messages', 'public.flux_email_threads',
      'public.flux_email_folders', 'public.flux_inbox_configurations'] loop
    execute format('create or replace trigger nova_gap after delete on %s referencing old table as gone '
                   'for each statement execute function nova.note_gap()', v_table);
    execute format('create or replace trigger nova_hint after insert or update on %s '
                   'for each statement execute function nova.hint_change()', v_table);
  end loop;
  create or replace trigger nova_hint after insert on nova.mail_certificate_events
    for each statement execute function nova.hint_change();
end
$$;

create or replace function nova.change_epoch() returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select concat_ws('-', s.system_identifier, s.timeline, (select o.oid from pg_database o
                                                           where o.datname = current_database()),
                   (select i.fencing_base >> 40 from nova.database_identity i))
    from nova.server_identity() s
$$;
comment on function nova.change_epoch() is
  'The database whose transactions positions count: another one after each restore (nova maintenance after-restore).';

create or replace function nova.changed_rows(p_kind integer, p_from xid8, p_below xid8, p_inboxes uuid[])
returns table (inbox_id uuid, key text, id uuid, thread_id text, op text, origin text, changed_in xid8)
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan
set enable_seqscan = off set jit = off as $$
begin
  case p_kind
    when 1 then return query
      select m.inbox_id, m.nylas_message_id, m.id, m.nylas_thread_id,
             case when m.deleted_at is null then 'changed' else 'deleted' end, m.origin, m.changed_in
        from public.flux_email_messages m
       where m.changed_in >= p_from and m.changed_in < p_below
         and (p_inboxes is null or m.inbox_id = any (p_inboxes));
    when 2 then return query
      select t.inbox_id, t.nylas_thread_id, t.id, t.nylas_thread_id,
             case when t.message_count > 0 then 'changed' else 'deleted' end, ''::text, t.changed_in
        from public.flux_email_threads t
       where t.changed_in >= p_from and t.changed_in < p_below
         and (p_inboxes is null or t.inbox_id = any (p_inboxes));
    when 3 then return query
      select f.inbox_id, f.nylas_folder_id, null::uuid, null::text,
             case when f.deleted_at is null then 'changed' else 'deleted' end, ''::text, f.changed_in
        from public.flux_email_folders f
       where f.changed_in >= p_from and f.changed_in < p_below
         and (p_inboxes is null or f.inbox_id = any (p_inboxes));
    when 4 then return query
      select c.inbox_id, c.id::text, c.id, null::text, 'changed', ''::text, c.changed_in
        from public.flux_inbox_configurations c
       where c.changed_in >= p_from and c.changed_in < p_below
         and (p_inboxes is null or c.inbox_id = any (p_inboxes));
    else return query
      select e.inbox_id, lpad(e.id::text, 19, '0'), null::uuid, null::text, 'changed', e.day::text, e.changed_in
        from nova.mail_certificate_events e
       where e.changed_in >= p_from and e.changed_in < p_below
         and (p_inboxes is null or e.inbox_id = any (p_inboxes));
  end case;
end
$$;
comment on function nova.changed_rows(integer, xid8, xid8, uuid[]) is
  'Rows of a kind (1 message, 2 thread, 3 folder, 4 backfill, 5 certificate) by the transactions that wrote them.';

create or replace function nova.change_bound(p_from xid8, p_below xid8, p_rows integer) returns xid8
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_seqscan = off set jit = off as $$
declare
  v_table text;
  v_at xid8;
begin
  -- So that who follows a quiet inbox is not held up by a busy one, nor by a long way back.
  foreach v_table in array array['public.flux_email_messages', 'public.flux_email_threads',
      'public.flux_email_folders', 'public.flux_inbox_configurations', 'nova.mail_certificate_events'] loop
    execute format('select t.changed_in from %s t where t.changed_in > $1 and t.changed_in < $2 '
                   'order by t.changed_in offset $3 limit 1', v_table) into v_at using p_from, p_below, p_rows;
    p_below := coalesce(v_at, p_below);
  end loop;
  return p_below;
end
$$;
comment on function nova.change_bound(xid8, xid8, integer) is
  'Up to where a call looks: before about so many rows of a kind.';

create or replace function nova.read_position(p_since text, p_settled xid8, out epoch text, out at xid8,
                                              out kind integer, out inbox_id uuid, out key text)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_parts text[] := regexp_match(p_since, '^([0-9-]{1,80}):([0-9]{1,19}):([0-9]):([0-9a-f-]{36}):(.*)$');
begin
  epoch := nova.change_epoch();
  kind := 0;
  inbox_id := '00000000-0000-0000-0000-000000000000';
  key := '';
  if p_since is null then
    at := p_settled;
  elsif p_since = 'start' then
    at := '0';
  elsif v_parts is null then
    raise exception 'a position is what the last row of the call before has, or start, not %', left(p_since, 100)
      using errcode = '22023';
  else
    epoch := v_parts[1];
    at := v_parts[2]::xid8;
    kind := v_parts[3];
    inbox_id := v_parts[4];
    key := v_parts[5];
  end if;
end
$$;
comment on function nova.read_position(text, xid8) is
  'Takes a position apart; null: now, start: the beginning. 22023: it is none.';

create or replace function nova.lost_track(p_epoch text, p_at xid8, p_settled xid8, p_inboxes uuid[]) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select case
    when p_epoch <> nova.change_epoch() or p_at > pg_snapshot_xmax(pg_current_snapshot()) then 'restored'
    when exists (select from unnest(p_inboxes) p (id)
                  where not exists (select from public.flux_inboxes i where i.id = p.id)) then 'removed'
    when p_at > '0' and exists (select from nova.change_gaps g
                                 where g.deleted_in >= p_at and g.deleted_in < p_settled
                                   and (p_inboxes is null or g.inbox_id = any (p_inboxes))) then 'deleted' end
$$;
comment on function nova.lost_track(text, xid8, xid8, uuid[]) is
  'Why what changed since a position cannot be told: restored, removed (the inbox), deleted (rows, for good); null: it '
  'can.';

create or replace function nova.changes_of(p_since text, p_limit integer, p_inboxes uuid[])
returns table (kind text, op text, inbox_id uuid, key text, id uuid, thread_id text, origin text, "position" text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_settled xid8 := pg_snapshot_xmin(pg_current_snapshot());
  v_limit integer := least(greatest(coalesce(p_limit, 1000), 1), 10000);
  v_from record;
  v_below xid8;
  v_lost text;
  v_count integer;
begin
  select * into v_from from nova.read_position(p_since, v_settled);
  v_lost := nova.lost_track(v_from.epoch, v_from.at, v_settled, p_inboxes);
  if v_lost is not null then
    return query select 'resync', v_lost, null::uuid, null, null::uuid, null, null,
                        format('%s:%s:0:00000000-0000-0000-0000-000000000000:', nova.change_epoch(), v_settled);
    return;
  end if;
  v_below := nova.change_bound(v_from.at, v_settled, 5 * v_limit);
  return query
    select (array['message', 'thread', 'folder', 'backfill', 'certificate'])[k.kind], r.op, r.inbox_id, r.key, r.id,
           r.thread_id, r.origin, format('%s:%s:%s:%s:%s', v_from.epoch, r.changed_in, k.kind, r.inbox_id, r.key)
      from generate_series(1, 5) k (kind)
     cross join lateral nova.changed_rows(k.kind, v_from.at, v_below, p_inboxes) r
     where (r.changed_in, k.kind, r.inbox_id, r.key collate "C")
           > (v_from.at, v_from.kind, v_from.inbox_id, v_from.key collate "C")
     order by r.changed_in, k.kind, r.inbox_id, r.key collate "C" limit v_limit;
  get diagnostics v_count = row_count;
  if v_count < v_limit then
    return query select 'position', '', null::uuid, null, null::uuid, null, null,
                        format('%s:%s:0:00000000-0000-0000-0000-000000000000:', v_from.epoch,
                               case when v_below > v_from.at then v_below else v_from.at end);
  end if;
end
$$;
comment on function nova.changes_of(text, integer, uuid[]) is 'As nova.changes, of several inboxes; null: of all.';

create or replace function nova.changes(p_since text default null, p_limit integer default 1000,
                                        p_inbox uuid default null)
returns table (kind text, op text, inbox_id uuid, key text, id uuid, thread_id text, origin text, "position" text)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select * from nova.changes_of(p_since, p_limit, case when p_inbox is not null then array[p_inbox] end)
$$;
comment on function nova.changes(text, integer, uuid) is
  'What changed since a position (null: now, start: the beginning), of one inbox or all, in the order of the '
  'transactions; the last row''s position is where the next call goes on. kind resync: begin anew, op says why.';

create or replace function public.mail_changes(since text default null, inbox uuid default null,
                                               page_size integer default 1000)
returns table (kind text, op text, inbox_id uuid, key text, id uuid, thread_id text, origin text, "position" text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.* from nova.changes_of(
    mail_changes.since, mail_changes.page_size,
    case when mail_changes.inbox is not null or not nova.sees_all_mail()
         then nova.readable_inboxes(mail_changes.inbox) end) c
   where mail_changes.inbox is null or cardinality(nova.readable_inboxes(mail_changes.inbox)) > 0
   union all
  select 'resync', 'removed', null, null, null, null, null, since
   where mail_changes.inbox is not null and cardinality(nova.readable_inboxes(mail_changes.inbox)) = 0
$$;
comment on function public.mail_changes(text, uuid, integer) is
  'What changed in the mail that the caller may read since a position (null: now, start: the beginning): messages, '
  'threads, folders, backfills, certificates. The last row''s position is where the next call goes on. kind resync: '
  'begin anew, op says why (restored, removed, deleted).';

create or replace function nova.publish_mail(p_on boolean) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_table text;
  v_count integer := 0;
begin
  if not exists (select from pg_publication p where p.pubname = 'supabase_realtime') then
    raise exception 'there is no publication supabase_realtime' using errcode = '42704',
      hint = 'It is Supabase''s. Elsewhere mail_changes and GET /changes tell what changed.';
  end if;
  foreach v_table in array array['flux_email_threads', 'flux_email_folders', 'flux_inbox_configurations',
                                 'backfill_estimates'] loop
    if p_on <> exists (select from pg_publication_tables t
                        where t.pubname = 'supabase_realtime' and t.schemaname = 'public' and t.tablename = v_table)
    then
      execute format('alter publication supabase_realtime %s table public.%I',
                     case when p_on then 'add' else 'drop' end, v_table);
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end
$$;
comment on function nova.publish_mail(boolean) is
  'Has Supabase Realtime tell of threads, folders and backfills, or not any more. Returns how many tables changed.';

revoke all on nova.change_gaps, nova.change_listeners from public;
revoke all on function nova.note_change(), nova.note_gap(), nova.note_lost_inbox(), nova.hint_change(),
  nova.await_changes(text, interval), nova.change_epoch(), nova.changed_rows(integer, xid8, xid8, uuid[]),
  nova.change_bound(xid8, xid8, integer), nova.read_position(text, xid8),
  nova.lost_track(text, xid8, xid8, uuid[]), nova.changes_of(text, integer, uuid[]),
  nova.changes(text, integer, uuid), nova.publish_mail(boolean) from public;
select nova.mark_names();
select nova.grant_calls('authenticated', 'public.mail_changes(text,uuid,integer)');
