-- What a list of threads is asked for by, each with the date that the list is in the order of: a page of any folder,
-- participant or mark is one walk in an index, however many threads it has. Only where front ends were chosen: each
-- thread has some five rows here.

create table if not exists nova.thread_labels (
  inbox_id uuid not null,
  label text collate "C" not null,
  latest_message_at timestamptz not null,
  thread_id uuid not null,
  primary key (inbox_id, label, latest_message_at, thread_id)
);
comment on table nova.thread_labels is
  'By what threads are listed: kept by triggers of flux_email_threads, and by nothing else, so that no key is checked.';
comment on column nova.thread_labels.label is
  'f:FOLDER, u:FOLDER (unread in it), s:FOLDER (starred in it), p:ADDRESS in lower case; u and s of whatever folder.';
comment on column nova.thread_labels.thread_id is 'The id of flux_email_threads.';
revoke all on nova.thread_labels from public;

create or replace function nova.labels_of(p_folders jsonb, p_people jsonb, p_unread boolean, p_starred boolean)
returns setof text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- A key of an index has a bound, and a mail to thousands is found by the first of them.
  select k.mark || ':' || left(f.id, 500)
    from jsonb_array_elements_text(p_folders) f (id),
         (values ('f', true), ('u', p_unread), ('s', p_starred)) k (mark, wanted)
   where k.wanted and f.id is not null
   union
  select 'p:' || left(lower(p.person->>'email'), 320)
    from (select e.person from jsonb_array_elements(p_people) e (person) limit 200) p where p.person->>'email' <> ''
   union all
  select 'u' where p_unread
   union all
  select 's' where p_starred
$$;
comment on function nova.labels_of(jsonb, jsonb, boolean, boolean) is
  'What a thread is listed by, of people the first two hundred.';

create or replace function nova.label_new_threads() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off
set enable_mergejoin = off set jit = off as $$
begin
  insert into nova.thread_labels (inbox_id, label, latest_message_at, thread_id)
  select a.inbox_id, l.label, a.latest_message_at, a.id
    from added a cross join lateral nova.labels_of(a.folders, a.participants, a.unread, a.starred) l (label)
   where a.latest_message_at is not null
   order by 1, 2, 3, 4
      on conflict do nothing;
  return null;
end
$$;
comment on function nova.label_new_threads() is 'After threads were added (transition table "added").';

create or replace function nova.label_threads() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off
set enable_mergejoin = off set jit = off as $$
begin
  with moved as materialized (
    select o.inbox_id, o.id, o.latest_message_at as was, n.latest_message_at as now,
           array(select nova.labels_of(o.folders, o.participants, o.unread, o.starred)
                  where o.latest_message_at is not null) as old,
           array(select nova.labels_of(n.folders, n.participants, n.unread, n.starred)
                  where n.latest_message_at is not null) as new
      from before o join after n on n.id = o.id
     where (o.latest_message_at, o.unread, o.starred, o.folders, o.participants)
           is distinct from (n.latest_message_at, n.unread, n.starred, n.folders, n.participants)),
  gone as (
    -- By their places, so that no plan, made while the table was small, looks for them in the whole of it.
    delete from nova.thread_labels t
     using moved m
     cross join lateral unnest(m.old) l (label)
     cross join lateral (
       select x.ctid as place from nova.thread_labels x
        where x.inbox_id = m.inbox_id and x.label = l.label and x.latest_message_at = m.was and x.thread_id = m.id
       offset 0) h
     where t.ctid = h.place and (m.was is distinct from m.now or l.label <> all (m.new)))
  insert into nova.thread_labels (inbox_id, label, latest_message_at, thread_id)
  select m.inbox_id, l.label, m.now, m.id
    from moved m cross join lateral unnest(m.new) l (label)
   where m.was is distinct from m.now or l.label <> all (m.old)
   order by 1, 2, 3, 4
      on conflict do nothing;
  return null;
end
$$;
comment on function nova.label_threads() is
  'After threads were changed (transition tables "before" and "after"): of those that are listed otherwise now.';

create or replace function nova.unlabel_threads() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off
set enable_mergejoin = off set jit = off as $$
begin
  delete from nova.thread_labels t
   using gone g
   cross join lateral nova.labels_of(g.folders, g.participants, g.unread, g.starred) l (label)
   cross join lateral (
     select x.ctid as place from nova.thread_labels x
      where x.inbox_id = g.inbox_id and x.label = l.label and x.latest_message_at = g.latest_message_at
        and x.thread_id = g.id
     offset 0) h
   where t.ctid = h.place;
  return null;
end
$$;
comment on function nova.unlabel_threads() is 'After threads were deleted (transition table "gone").';

create or replace trigger nova_label_new after insert on public.flux_email_threads
  referencing new table as added for each statement execute function nova.label_new_threads();
create or replace trigger nova_label after update on public.flux_email_threads
  referencing old table as before new table as after for each statement execute function nova.label_threads();
create or replace trigger nova_unlabel after delete on public.flux_email_threads
  referencing old table as gone for each statement execute function nova.unlabel_threads();

insert into nova.thread_labels (inbox_id, label, latest_message_at, thread_id)
select t.inbox_id, l.label, t.latest_message_at, t.id
  from public.flux_email_threads t
 cross join lateral nova.labels_of(t.folders, t.participants, t.unread, t.starred) l (label)
 where t.latest_message_at is not null
 order by 1, 2, 3, 4
    on conflict do nothing;
revoke all on function nova.labels_of(jsonb, jsonb, boolean, boolean), nova.label_new_threads(), nova.label_threads(),
  nova.unlabel_threads() from public;
