-- The same mail under another id. Microsoft gives a message that is moved another id; the old one answers 404 from then
-- on, and nobody says that the two are one. What both have is the Message-ID of RFC 5322, the date and the sender.
--
-- Two ids that live are two messages, whatever their headers say: the copy in Sent and the one that came back, a list,
-- a note to oneself, a forged header. So the old id is asked for first: when an id arrives whose Message-ID a message
-- has that was seen only before, that one is read again (nova.look_for_former). When the provider answers 404, as often
-- as makes a tombstone, the tombstone is tied to the one message that came since it was last seen (nova.tie_former_id):
-- that goes on as the old one, with its row's id, and nova.message_former_ids remembers what it was called. The
-- tombstone stays, so that nothing that comes late revives it.
select nova.expect_names('flux_email_messages_rfc822');

alter table public.flux_email_messages add column if not exists rfc822_message_id text collate "C";
alter table public.flux_email_messages add column if not exists rfc822_lo bigint;
alter table public.flux_email_messages add column if not exists alive_lo bigint;
create index if not exists flux_email_messages_rfc822 on public.flux_email_messages using hash (rfc822_message_id)
  where rfc822_message_id is not null;
comment on column public.flux_email_messages.rfc822_message_id is
  'The header Message-ID without its brackets, where an answer had it; many messages may have the same.';
comment on column public.flux_email_messages.rfc822_lo is 'The lo of the observation that first had rfc822_message_id.';
comment on column public.flux_email_messages.alive_lo is
  'Of a tombstone the lo of the observation that last showed the message: it was there then.';

create table if not exists nova.message_former_ids (
  inbox_id uuid not null references public.flux_inboxes on delete cascade,
  former_id text collate "C" not null,
  message_id text collate "C" not null,
  at timestamptz not null default now(),
  primary key (former_id, inbox_id)
);
create index if not exists message_former_ids_message on nova.message_former_ids (message_id, inbox_id);
comment on table nova.message_former_ids is
  'What messages were called before their provider gave them another id. The row of a former id is a tombstone.';
comment on column nova.message_former_ids.message_id is 'What it is called now.';
comment on column nova.message_former_ids.at is 'When it was found out.';

create or replace function nova.look_for_former(
  p_inbox_id uuid[], p_id text[], p_rfc822_id text[], p_date bigint[], p_from text[], p_lo bigint[],
  p_places integer[])
returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- Who has one of them is writing it: nobody is waited for out of order. Of a flood under one Message-ID three a
  -- message are enough.
  with locked as (
    select h.ctid as place
      from unnest(p_places) i
     cross join lateral (
        select m.ctid
          from public.flux_email_messages m
         where m.rfc822_message_id = p_rfc822_id[i] and m.inbox_id = p_inbox_id[i] and m.nylas_message_id <> p_id[i]
           and m.message_date = nova.mail_time(p_date[i]) and nova.same_addresses(m.from_addresses, p_from[i])
           and (m.hi < p_lo[i] or m.deleted_at is not null)
           and not exists (select from nova.message_former_ids f
                            where f.former_id = m.nylas_message_id and f.inbox_id = m.inbox_id)
         order by m.hi limit 3 for no key update of m skip locked) h)
  update public.flux_email_messages m set refetch_at = least(m.refetch_at, now() + nova.doubt_delay())
    from locked l where m.ctid = l.place;
end
$$;
comment on function nova.look_for_former is
  'Messages at these places have a Message-ID that is new for them: what has the same, date and sender too, and was '
  'last seen before them, is read soon, since it may be what they were called.';

create or replace function nova.tie_former_id(p_inbox_id uuid, p_id text) returns text
language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
  v_former record;
  v_now record;
begin
  select m.id, m.created_at, m.rfc822_message_id, m.rfc822_lo, m.alive_lo, m.message_date, m.from_addresses
    into v_former
    from public.flux_email_messages m
   where m.inbox_id = p_inbox_id and m.nylas_message_id = p_id and m.deleted_at is not null
     -- A read said so, not a notification alone.
     and m.lo > nova.open_below()
     and not exists (select from nova.message_former_ids f
                      where f.former_id = p_id and f.inbox_id = p_inbox_id
                        and m.alive_lo < extract(epoch from f.at) * 1000000);
  if not found then
    return null;
  end if;
  -- One that lived beside it is another message; so is one that was called what lived beside it.
  select min(c.id) as id, count(*) as candidates into v_now
    from (select m.nylas_message_id as id
            from public.flux_email_messages m
           where m.rfc822_message_id = v_former.rfc822_message_id and m.inbox_id = p_inbox_id
             and m.nylas_message_id <> p_id and m.deleted_at is null and m.rfc822_lo > v_former.alive_lo
             and m.message_date = v_former.message_date
             and nova.same_addresses(m.from_addresses, v_former.from_addresses::text)
             and not exists (
                select from nova.message_former_ids f
                  join public.flux_email_messages o on o.nylas_message_id = f.former_id and o.inbox_id = f.inbox_id
                 where f.message_id = m.nylas_message_id and f.inbox_id = p_inbox_id
                   and o.alive_lo >= v_former.rfc822_lo and v_former.alive_lo >= o.rfc822_lo)
           limit 2) c;
  if v_now.candidates <> 1 then
    return null;
  end if;
  with swapped as (
    update public.flux_email_messages m
       set id = v_former.id, updated_at = now(), changed_in = pg_current_xact_id()
      from (select n.id from public.flux_email_messages n
             where n.inbox_id = p_inbox_id and n.nylas_message_id = v_now.id) was
     where m.inbox_id = p_inbox_id and m.nylas_message_id = v_now.id
       -- It is the row of its first id.
       and not exists (
          select from nova.message_former_ids f
            join public.flux_email_messages o on o.nylas_message_id = f.former_id and o.inbox_id = f.inbox_id
           where f.message_id = v_now.id and f.inbox_id = p_inbox_id and o.created_at < v_former.created_at)
    returning was.id)
  update public.flux_email_messages m set id = s.id, changed_in = pg_current_xact_id()
    from swapped s where m.inbox_id = p_inbox_id and m.nylas_message_id = p_id;
  update nova.message_former_ids f set message_id = v_now.id where f.message_id = p_id and f.inbox_id = p_inbox_id;
  insert into nova.message_former_ids as f (inbox_id, former_id, message_id) values (p_inbox_id, p_id, v_now.id)
      on conflict (former_id, inbox_id) do update set message_id = excluded.message_id, at = now();
  return v_now.id;
end
$$;
comment on function nova.tie_former_id is
  'The provider answered 404 to this id, and its row is a tombstone: when exactly one message has its Message-ID, date '
  'and sender and came since it was last seen, that one goes on in its place. Returns its id, or null.';

create or replace function nova.tie_former_ids(p_inbox_id uuid, p_id text) returns void
language sql set search_path = pg_catalog, pg_temp set enable_hashjoin = off set enable_mergejoin = off
set enable_seqscan = off as $$
  select nova.tie_former_id(g.inbox_id, g.id)
    from (select m.inbox_id, m.nylas_message_id as id
            from public.flux_email_messages d
            join public.flux_email_messages m on m.rfc822_message_id = d.rfc822_message_id and m.inbox_id = d.inbox_id
             and m.deleted_at is not null
           where d.nylas_message_id = p_id and d.inbox_id = p_inbox_id
           order by m.alive_lo limit 20) g
$$;
comment on function nova.tie_former_ids is
  'The provider answered 404 to this id: ties it, and tombstones of its Message-ID that it stood in the way of. Twenty '
  'at most.';

create or replace function nova.why_renamed(p_inbox uuid, p_message text)
returns table (inbox_id uuid, rank integer, at timestamptz, kind text, state text, facts jsonb)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select f.inbox_id, case when f.message_id = p_message then 4 else 5 end, f.at,
         case when f.message_id = p_message then 'renamed/was' else 'renamed/now' end,
         case when f.message_id = p_message then 'ok' else 'no' end,
         jsonb_build_object('was', f.former_id, 'now', f.message_id)
    from nova.message_former_ids f
    join public.flux_email_messages m on m.inbox_id = f.inbox_id and m.nylas_message_id = f.former_id
   where (f.message_id = p_message or f.former_id = p_message) and (p_inbox is null or f.inbox_id = p_inbox)
     -- One that came back is what it was.
     and m.deleted_at is not null
$$;
comment on function nova.why_renamed is 'What a message was called before, and what it is called now.';

create or replace function nova.why_message(p_inbox uuid, p_message text, p_date timestamptz default null)
returns table (inbox_id uuid, step text, at timestamptz, kind text, state text, facts jsonb)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with known as materialized (
    select * from nova.why_notified(p_inbox, p_message)
    union all select * from nova.why_listed(p_inbox, p_message)
    union all select * from nova.why_written(p_inbox, p_message)
    union all select * from nova.why_renamed(p_inbox, p_message)
  ), lacking as (
    -- Whose message it is, or would be.
    select w.inbox_id, coalesce(p_date, max(to_timestamp(substring(k.facts->>'date' from '^[0-9]{1,11}$')::bigint)))
                         as date
      from (select k.inbox_id from known k union select p_inbox) w
      left join known k on k.inbox_id = w.inbox_id
     where w.inbox_id is not null
     group by w.inbox_id
    having coalesce(not bool_or(k.kind = 'written/stored') or bool_or(k.kind like 'gone/%'), true)
  ), steps as (
    select * from known
    union all
    select a.* from lacking l cross join lateral nova.why_absent(l.inbox_id, l.date) a
     where not exists (select from known k where k.inbox_id = l.inbox_id and k.kind like 'gone/%')
    union all
    select p_inbox, 9, null, 'unknown/nothing', 'no', '{}' where not exists (select from known)
  )
  select s.inbox_id, split_part(s.kind, '/', 1), s.at, s.kind, s.state, s.facts from steps s
   order by s.inbox_id, s.rank > 4, case when s.rank <= 4 then s.at end, s.rank, s.at, s.kind
$$;
comment on function nova.why_message is
  'How a message came, or why it is not there, in order: first what happened, by its time, then where it is now and '
  'what it waits for. p_inbox null: wherever something is known of it; p_date: when it is dated, if that is known.';

do $$
begin
  alter table nova.message_former_ids enable row level security;
  revoke all on nova.message_former_ids from public;
  if to_regrole('anon') is not null then
    revoke all on nova.message_former_ids from anon, authenticated;
  end if;
end
$$;
select nova.grant_rights('service_role', 'select, insert, update, delete', 'nova.message_former_ids');
revoke all on all functions in schema nova from public;
select nova.mark_names();
