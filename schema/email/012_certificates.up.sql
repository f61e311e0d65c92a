-- Certificates: of each inbox and UTC day what the provider listed beside what is stored.
--
-- A comparison begins (nova.begin_comparison), is opened in a later transaction (nova.open_comparison), notes what each
-- page of the provider's list says (nova.mail_listed) and ends (nova.end_comparison), which judges each day:
--   verified    both have the same messages, with the same content, and nothing was written since the comparison began
--   stale       they were found equal, and mail of the day was written since, or while it was listed
--   broken      something is missing, extra, differing or could not be read: its ids are named
--   unprovable  the provider does not list that day; the reason is with it
-- Whoever writes mail marks its days (nova.touch_days): it finds the row as quiet and makes it not. A writer that began
-- before the comparison and has not ended when it ends is waited for: nova.comparison_settled.
-- A digest is the sha256 of the sha256 of each id, in the order of the ids ("C"); that of the content has each
-- message's hashes after its id.
select nova.expect_names('mail_completeness');

-- By a hash of the inbox, which only these statements name: an index that begins with the inbox itself could be taken
-- for a key by a plan that was made on an empty table.
create index if not exists flux_email_messages_day on public.flux_email_messages (uuid_hash(inbox_id), message_date);

create table if not exists nova.mail_comparisons (
  id bigint generated always as identity primary key,
  inbox_id uuid not null references public.flux_inboxes on delete cascade,
  from_day date,
  to_day date,
  listed_from date,
  compared_by text not null,
  began_at timestamptz not null default clock_timestamp(),
  fence xid8,
  calls integer not null default 0,
  ended_at timestamptz,
  equal boolean
);
create index if not exists mail_comparisons_inbox on nova.mail_comparisons (inbox_id, ended_at);
comment on table nova.mail_comparisons is 'Comparisons of an inbox with what its provider lists.';
comment on column nova.mail_comparisons.from_day is 'With to_day, which is not in it, the days; null: no bound.';
comment on column nova.mail_comparisons.listed_from is
  'The first day that the provider lists; null: all. What is older cannot be proved.';
comment on column nova.mail_comparisons.compared_by is 'The node, or who gave the command.';
comment on column nova.mail_comparisons.fence is
  'A transaction below it may have written mail before the days were made quiet.';

create table if not exists nova.mail_listed (
  comparison_id bigint not null references nova.mail_comparisons on delete cascade,
  nylas_message_id text collate "C" not null,
  day date not null,
  hi bigint not null,
  content bytea not null,
  seen bytea,
  differs text not null default '',
  mended boolean not null default false,
  rejected text,
  primary key (comparison_id, nylas_message_id)
);
comment on table nova.mail_listed is 'What the provider lists, while a comparison runs.';
comment on column nova.mail_listed.day is 'Infinity: without a date.';
comment on column nova.mail_listed.seen is 'The content of the row when its page was compared; null: there was none.';
comment on column nova.mail_listed.differs is 'When its page was compared: missing, the columns that differ, or empty.';
comment on column nova.mail_listed.mended is 'What differed was stored as it was listed: it was a difference.';
comment on column nova.mail_listed.rejected is 'Why nobody could read it.';

create table if not exists nova.mail_certificates (
  inbox_id uuid not null references public.flux_inboxes on delete cascade,
  day date not null,
  state text not null default 'unknown' constraint mail_certificates_state
    check (state in ('unknown', 'verified', 'broken', 'stale', 'unprovable')),
  reason text not null default '',
  provider_count integer,
  provider_ids bytea,
  provider_content bytea,
  stored_count integer,
  stored_ids bytea,
  stored_content bytea,
  in_flight integer not null default 0,
  missing text[] not null default '{}',
  extra text[] not null default '{}',
  differing text[] not null default '{}',
  rejected text[] not null default '{}',
  compared_at timestamptz,
  compared_by text,
  verified_at timestamptz,
  touched_at timestamptz,
  quiet boolean not null default false,
  head bytea,
  primary key (inbox_id, day)
);
create index if not exists mail_certificates_quiet on nova.mail_certificates (inbox_id, day) where quiet;
comment on table nova.mail_certificates is 'What the last comparison of each inbox and UTC day found.';
comment on column nova.mail_certificates.day is 'Infinity: mail without a date.';
comment on column nova.mail_certificates.in_flight is
  'Messages that changed while they were compared: counted on neither side.';
comment on column nova.mail_certificates.missing is
  'Ids that the provider alone has; at most a hundred, like the others.';
comment on column nova.mail_certificates.verified_at is 'When the last comparison that found it equal began.';
comment on column nova.mail_certificates.quiet is 'Nobody has written mail of this day since its comparison began.';

create table if not exists nova.mail_certificate_events (
  id bigint generated always as identity primary key,
  inbox_id uuid not null references public.flux_inboxes on delete cascade,
  day date not null,
  at timestamptz not null default clock_timestamp(),
  what jsonb not null,
  previous bytea not null,
  hash bytea not null
);
create index if not exists mail_certificate_events_inbox on nova.mail_certificate_events (inbox_id, id);
comment on table nova.mail_certificate_events is
  'Every change of a certificate, only added to. hash is sha256 of previous, which is the hash before it of that '
  'inbox, the day and what.';

-- These two are asked for each message that is written. With a body that is bound when it is made, and so needs no
-- search_path, they are taken apart into the statement: 0.2 instead of 2.4 microseconds.
create or replace function nova.mail_day(p_at timestamptz) returns date language sql immutable parallel safe
return coalesce((p_at at time zone 'UTC')::date, 'infinity'::date);
comment on function nova.mail_day is 'The UTC day of a message; infinity for one without a date.';

create or replace function nova.mail_time(p_seconds bigint) returns timestamptz language sql immutable parallel safe
return case when p_seconds between -62135596800 and 253402300799 then pg_catalog.to_timestamp(p_seconds) end;
comment on function nova.mail_time is
  'A date as the provider says it, seconds since 1970; null beyond the years 1 to 9999.';

create or replace function nova.lower_addresses(p_list jsonb) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select jsonb_agg(jsonb_set(e, '{email}', to_jsonb(lower((e ->> 'email') collate "C"))) order by o)
    from jsonb_array_elements(p_list) with ordinality l (e, o)
$$;

comment on function nova.lower_addresses is 'A list of people with their addresses in lower case, as they are hashed.';

create or replace function nova.same_addresses(p_stored jsonb, p_seen text) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(p_stored = p_seen::jsonb, false) or coalesce(nova.lower_addresses(p_stored)
                                                               = nova.lower_addresses(p_seen::jsonb), false)
$$;
comment on function nova.same_addresses is
  'Whether lists of people are equal as the hash of a message has it: the case of an address is of no account.';

create or replace function nova.same_attachments(p_inbox_id uuid, p_id text, p_attachments text) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select p_attachments = '[null]' or not exists (
    select from jsonb_array_elements(p_attachments::jsonb) with ordinality e (o, n)
      full join (select *
                   from public.flux_email_attachments x
                  where x.inbox_id = p_inbox_id and x.nylas_message_id = p_id) a
        on a.position = e.n - 1
     where (a.nylas_attachment_id, a.filename, a.content_type, a.size, a.is_inline, a.content_id, a.content_disposition)
           is distinct from
           (coalesce(e.o->>'id', ''), coalesce(e.o->>'filename', ''), coalesce(e.o->>'content_type', ''),
            (e.o->>'size')::bigint, coalesce((e.o->>'is_inline')::boolean, false), coalesce(e.o->>'content_id', ''),
            coalesce(e.o->>'content_disposition', '')))
$$;
comment on function nova.same_attachments is
  'Are these, canonical JSON, the stored attachments of a message? [null]: it has some that are not kept, so yes.';

create or replace function nova.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- The rows of an inbox go with it.
  if tg_op = 'DELETE' and not exists (select from public.flux_inboxes i where i.id = old.inbox_id) then
    return old;
  end if;
  raise exception 'the log of certificates is only added to' using errcode = '55000';
end
$$;
comment on function nova.refuse_change is 'Keeps the log of certificates as it was written.';
drop trigger if exists only_added_to on nova.mail_certificate_events;
create trigger only_added_to before update or delete on nova.mail_certificate_events
  for each row execute function nova.refuse_change();

create or replace function nova.touch_days(p_inbox_id uuid[], p_day date[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  with touched as materialized (
    select c.inbox_id, c.day
      from (select distinct g.inbox_id, g.day from unnest(p_inbox_id, p_day) g (inbox_id, day)) d
      join nova.mail_certificates c on c.inbox_id = d.inbox_id and c.day = d.day
     where c.quiet
     order by c.inbox_id, c.day for no key update of c)
  update nova.mail_certificates c
     set quiet = false, touched_at = clock_timestamp(),
         state = case c.state when 'verified' then 'stale' else c.state end
    from touched t where c.inbox_id = t.inbox_id and c.day = t.day;
end
$$;
comment on function nova.touch_days is
  'Says that mail of these days was written; whoever writes calls it once a statement.';

create or replace function nova.touch_dates(p_inbox_id uuid[], p_date bigint[], p_places integer[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- While nothing is certified, as in a first backfill, no day is computed.
  if exists (select from nova.mail_certificates c where c.quiet) then
    perform nova.touch_days(array_agg(p_inbox_id[i]), array_agg(nova.mail_day(nova.mail_time(p_date[i]))))
       from unnest(p_places) i;
  end if;
end
$$;
comment on function nova.touch_dates is 'The same by the dates of new messages, which stand at these places.';

create or replace function nova.day_between(p_day date, p_from date, p_to date) returns boolean
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select p_from is null and p_to is null
         or p_day < 'infinity' and p_day >= coalesce(p_from, '-infinity') and (p_to is null or p_day < p_to)
$$;
comment on function nova.day_between is
  'Whether a day belongs to a range; mail without a date to none but the whole mailbox.';

create or replace function nova.days_of(p_inbox_id uuid, p_from date, p_to date) returns setof date
language sql stable set search_path = pg_catalog, pg_temp as $$
  select g::date
    from generate_series(p_from, least(p_to - 1, nova.mail_day(clock_timestamp()) + 1), interval '1 day') g
   where p_from is not null and p_to is not null
  union
  select c.day
    from nova.mail_certificates c
   where c.inbox_id = p_inbox_id and nova.day_between(c.day, p_from, p_to)
  union
  select nova.mail_day(m.message_date)
    from public.flux_email_messages m
   where uuid_hash(m.inbox_id) = uuid_hash(p_inbox_id) and m.inbox_id = p_inbox_id and m.deleted_at is null
     and (p_from is null and p_to is null
          or m.message_date >= coalesce(p_from, '-infinity')::timestamp at time zone 'UTC'
             and m.message_date < coalesce(p_to, 'infinity')::timestamp at time zone 'UTC')
$$;
comment on function nova.days_of is
  'The days of a range: each, or with an open end those that have mail or a certificate.';

create or replace function nova.begin_comparison(
  p_inbox_id uuid, p_from date, p_to date, p_by text, p_listed_from date default null) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_id bigint;
begin
  -- One that was killed comes to no end; of those that did, a month is kept.
  delete from nova.mail_comparisons c
   where c.inbox_id = p_inbox_id
     and coalesce(c.ended_at + interval '29 days', c.began_at) < clock_timestamp() - interval '1 day';
  insert into nova.mail_comparisons (inbox_id, from_day, to_day, compared_by, listed_from)
  values (p_inbox_id, p_from, p_to, p_by, p_listed_from) returning id into v_id;
  insert into nova.mail_certificates as c (inbox_id, day, quiet)
  select p_inbox_id, d, true from nova.days_of(p_inbox_id, p_from, p_to) d order by d
      on conflict (inbox_id, day) do update set quiet = true;
  return v_id;
end
$$;
comment on function nova.begin_comparison is
  'From here on who writes mail of these days is noticed. Without bounds the whole mailbox is compared, mail without a '
  'date too. Returns its number.';

create or replace function nova.open_comparison(p_id bigint) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update nova.mail_comparisons c set fence = pg_snapshot_xmax(pg_current_snapshot()) where c.id = p_id
$$;
comment on function nova.open_comparison is
  'After the transaction that began it, before the first page is asked for: notes who may write unseen.';

create or replace function nova.comparison_settled(p_id bigint) returns boolean
language sql set search_path = pg_catalog, pg_temp as $$
  select pg_snapshot_xmin(pg_current_snapshot()) >= c.fence from nova.mail_comparisons c where c.id = p_id
$$;
comment on function nova.comparison_settled is
  'Whether every transaction that may have written mail before its days were made quiet has ended.';

create or replace function nova.judge_comparison(p_id bigint)
returns table (day date, id text, what text, listed bytea, stored bytea)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  c record;
  v_began bigint;
  v_named text[];
begin
  select * into c from nova.mail_comparisons k where k.id = p_id;
  v_began := extract(epoch from c.began_at) * 1000000;
  -- What was mended meanwhile, by this comparison or by another, was different all the same.
  select array(select n from nova.mail_certificates k cross join unnest(k.missing || k.differing) n
                where k.inbox_id = c.inbox_id and k.compared_at > c.began_at
                union
               select l.nylas_message_id from nova.mail_listed l join nova.mail_comparisons o on o.id = l.comparison_id
                where o.inbox_id = c.inbox_id and l.mended and l.hi > v_began) into v_named;
  return query
  with l as (
    select * from nova.mail_listed k where k.comparison_id = p_id
  ), s as (
    select m.nylas_message_id as id, nova.mail_day(m.message_date) as day, m.hi, m.origin,
           coalesce(m.core_hash, '') || coalesce(m.extra_hash, '') as content
      from public.flux_email_messages m
     where uuid_hash(m.inbox_id) = uuid_hash(c.inbox_id) and m.inbox_id = c.inbox_id and m.deleted_at is null
       and (c.from_day is null and c.to_day is null
            or m.message_date >= coalesce(c.from_day, '-infinity')::timestamp at time zone 'UTC'
               and m.message_date < coalesce(c.to_day, 'infinity')::timestamp at time zone 'UTC'))
  select coalesce(l.day, s.day), coalesce(l.nylas_message_id, s.id),
         case
           when l.rejected is not null then 'rejected'
           when l.nylas_message_id is null
                then case when s.day < c.listed_from then 'unlisted' when s.hi > v_began then 'in flight'
                          else 'extra' end
           when l.differs = '' and s.id is not null then 'equal'
           when l.nylas_message_id = any (v_named)
                then case l.differs when 'missing' then 'missing' else 'differing' end
           when l.differs = 'missing' and s.id is not null
                then case s.origin when 'webhook' then 'in flight' else 'missing' end
           when s.id is not null
                -- Hashes that agree while columns did not are of no account: somebody else wrote.
                then case when s.hi > l.hi and (s.content is distinct from l.seen
                                                or l.seen is distinct from l.content)
                               or s.content is distinct from l.seen and s.content = l.content
                          then 'in flight' else 'differing' end
           when exists (select from public.flux_email_messages m
                         where m.inbox_id = c.inbox_id and m.nylas_message_id = l.nylas_message_id and m.hi > l.hi)
                then 'in flight'
           when l.differs in ('', 'missing') then 'missing'
           else 'differing' end,
         l.content, case when l.differs = '' and l.rejected is null and s.id is not null then l.content
                         else s.content end
    from l full join s on s.id = l.nylas_message_id and s.day = l.day;
end
$$;
comment on function nova.judge_comparison is
  'What each message of a comparison is: equal, missing, extra, differing, rejected, unlisted: of a day that the '
  'provider does not list, or in flight: it was read later '
  'than it was listed, or has become what was listed by itself. listed and stored are its content, null where it is '
  'not.';

create or replace function nova.end_comparison(p_id bigint, p_calls bigint) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  c record;
  v_settled boolean;
  v_equal boolean;
begin
  select * into c from nova.mail_comparisons k where k.id = p_id and k.ended_at is null for update;
  if not found then
    raise exception 'comparison % does not run', p_id using errcode = '55000';
  end if;
  perform from nova.mail_certificates k
    where k.inbox_id = c.inbox_id and nova.day_between(k.day, c.from_day, c.to_day)
    order by k.day for no key update;
  v_settled := nova.comparison_settled(p_id);
  insert into nova.mail_certificates as k (
    inbox_id, day, state, reason, provider_count, provider_ids, provider_content, stored_count, stored_ids,
    stored_content, in_flight, missing, extra, differing, rejected, compared_at, compared_by, verified_at)
  select c.inbox_id, d.day,
         case when d.broken then 'broken' when d.day < c.listed_from then 'unprovable' else 'stale' end,
         case when d.day < c.listed_from
              then to_char(c.listed_from, '"the provider lists mail from "YYYY-MM-DD" on"') else '' end,
         d.provider_count, d.provider_ids,
         d.provider_content, d.stored_count, d.stored_ids, d.stored_content, d.in_flight, d.missing, d.extra,
         d.differing, d.rejected, clock_timestamp(), c.compared_by,
         case when not d.broken and d.day >= coalesce(c.listed_from, d.day) then c.began_at end
    from nova.days_of_comparison(p_id) d
   order by d.day
      on conflict (inbox_id, day) do update
     set state = case when excluded.state = 'stale' and k.quiet and v_settled
                           -- Another comparison that began since made it quiet again.
                           and coalesce(k.touched_at < c.began_at, true) then 'verified'
                      else excluded.state end,
         reason = excluded.reason, provider_count = excluded.provider_count, provider_ids = excluded.provider_ids,
         provider_content = excluded.provider_content, stored_count = excluded.stored_count,
         stored_ids = excluded.stored_ids, stored_content = excluded.stored_content, in_flight = excluded.in_flight,
         missing = excluded.missing, extra = excluded.extra, differing = excluded.differing,
         rejected = excluded.rejected, compared_at = excluded.compared_at, compared_by = excluded.compared_by,
         verified_at = coalesce(excluded.verified_at, k.verified_at);
  perform nova.record_certificates(p_id);
  perform nova.count_attachments(p_id);
  select bool_and(k.state <> 'broken') into v_equal from nova.mail_certificates k
   where k.inbox_id = c.inbox_id and nova.day_between(k.day, c.from_day, c.to_day);
  perform nova.note_verified(p_id) where coalesce(v_equal, true);
  update nova.mail_comparisons k set ended_at = clock_timestamp(), equal = coalesce(v_equal, true), calls = p_calls
   where k.id = p_id;
  delete from nova.mail_listed k where k.comparison_id = p_id;
  return coalesce(v_equal, true);
end
$$;
comment on function nova.end_comparison is
  'Judges the days of a comparison whose whole list was noted, and logs what changed. True when none is broken.';

create or replace function nova.days_of_comparison(p_id bigint)
returns table (day date, broken boolean, provider_count integer, provider_ids bytea, provider_content bytea,
               stored_count integer, stored_ids bytea, stored_content bytea, in_flight integer, missing text[],
               extra text[], differing text[], rejected text[])
language sql stable set search_path = pg_catalog, pg_temp as $$
  with judged as (
    select j.*, sha256(convert_to(j.id, 'UTF8')) as hash from nova.judge_comparison(p_id) j
  ), days as (
    select d.day from nova.mail_comparisons c cross join nova.days_of(c.inbox_id, c.from_day, c.to_day) d (day)
     where c.id = p_id
    union
    select j.day from judged j)
  select d.day, coalesce(bool_or(j.what not in ('equal', 'in flight', 'unlisted')), false),
         count(*) filter (where j.listed is not null and j.what <> 'in flight'),
         sha256(coalesce(string_agg(j.hash, '' order by j.id collate "C")
                         filter (where j.listed is not null and j.what <> 'in flight'), '')),
         sha256(coalesce(string_agg(j.hash || j.listed, '' order by j.id collate "C")
                         filter (where j.listed is not null and j.what <> 'in flight'), '')),
         count(*) filter (where j.stored is not null and j.what <> 'in flight'),
         sha256(coalesce(string_agg(j.hash, '' order by j.id collate "C")
                         filter (where j.stored is not null and j.what <> 'in flight'), '')),
         sha256(coalesce(string_agg(j.hash || j.stored, '' order by j.id collate "C")
                         filter (where j.stored is not null and j.what <> 'in flight'), '')),
         count(*) filter (where j.what = 'in flight'),
         (coalesce(array_agg(j.id order by j.id collate "C") filter (where j.what = 'missing'), '{}'))[:100],
         (coalesce(array_agg(j.id order by j.id collate "C") filter (where j.what = 'extra'), '{}'))[:100],
         (coalesce(array_agg(j.id order by j.id collate "C") filter (where j.what = 'differing'), '{}'))[:100],
         (coalesce(array_agg(j.id order by j.id collate "C") filter (where j.what = 'rejected'), '{}'))[:100]
    from days d left join judged j using (day)
   group by d.day
$$;
comment on function nova.days_of_comparison is 'The counts, digests and named ids of each day of a comparison.';

create or replace function nova.record_certificates(p_id bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  k record;
  v_previous bytea;
  v_what jsonb;
  v_hash bytea;
begin
  -- One chain an inbox: who adds to it waits for who does.
  perform pg_advisory_xact_lock(hashtextextended('nova.mail_certificate_events ' || c.inbox_id, 0))
     from nova.mail_comparisons c where c.id = p_id;
  select e.hash into v_previous
    from nova.mail_certificate_events e join nova.mail_comparisons c on c.id = p_id and e.inbox_id = c.inbox_id
   order by e.id desc limit 1;
  v_previous := coalesce(v_previous, '');
  for k in
    select m.* from nova.mail_certificates m join nova.mail_comparisons c on c.id = p_id and m.inbox_id = c.inbox_id
     where nova.day_between(m.day, c.from_day, c.to_day) and m.compared_at >= c.began_at
     order by m.day
  loop
    v_what := jsonb_build_object('state', k.state, 'provider', encode(k.provider_ids, 'hex'),
                                 'stored', encode(k.stored_ids, 'hex'), 'provider_count', k.provider_count,
                                 'stored_count', k.stored_count, 'missing', k.missing, 'extra', k.extra,
                                 'differing', k.differing, 'rejected', k.rejected, 'by', k.compared_by);
    continue when exists (select from nova.mail_certificate_events e
                           where e.hash = k.head and e.inbox_id = k.inbox_id and e.what - 'by' = v_what - 'by');
    v_hash := nova.certificate_hash(v_previous, k.day, v_what);
    insert into nova.mail_certificate_events (inbox_id, day, what, previous, hash)
    values (k.inbox_id, k.day, v_what, v_previous, v_hash);
    update nova.mail_certificates m set head = v_hash where m.inbox_id = k.inbox_id and m.day = k.day;
    v_previous := v_hash;
  end loop;
end
$$;
comment on function nova.record_certificates is 'Adds to the log what of a comparison is not what the log says last.';

create or replace function nova.certificate_hash(p_previous bytea, p_day date, p_what jsonb) returns bytea
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select sha256(p_previous || convert_to(coalesce(to_char(p_day, 'YYYY-MM-DD'), 'undated') || p_what::text, 'UTF8'))
$$;

comment on function nova.certificate_hash is 'Of an event of the log, from the hash before it.';

create or replace function nova.broken_links(p_inbox_id uuid) returns setof bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
  select e.id
    from (select x.*, lag(x.hash, 1, ''::bytea) over (order by x.id) as before
            from nova.mail_certificate_events x where x.inbox_id = p_inbox_id) e
   where e.previous <> e.before or e.hash <> nova.certificate_hash(e.previous, e.day, e.what)
   order by e.id
$$;
comment on function nova.broken_links is
  'Events of an inbox that are not what was added when they were: none, unless somebody changed the log.';

create or replace view public.mail_completeness with (security_invoker = true) as
select i.id as inbox_id, i.email,
       count(*) filter (where c.state = 'verified') as days_verified,
       count(*) filter (where c.state = 'broken') as days_broken,
       count(*) filter (where c.state = 'stale') as days_stale,
       count(*) filter (where c.state = 'unprovable') as days_unprovable,
       min(c.day) filter (where c.state <> 'verified') as first_unverified,
       min(c.verified_at) as verified_since,
       sum(c.provider_count) as messages_listed, sum(c.stored_count) as messages_stored
  from public.flux_inboxes i left join nova.mail_certificates c on c.inbox_id = i.id
 group by i.id, i.email;
comment on view public.mail_completeness is
  'Of each inbox how many days its mail was found complete: compared with what the provider lists.';

do $$
declare
  v_table text;
begin
  foreach v_table in array array['nova.mail_comparisons', 'nova.mail_listed', 'nova.mail_certificates',
                                 'nova.mail_certificate_events', 'public.mail_completeness'] loop
    if v_table <> 'public.mail_completeness' then
      execute format('alter table %s enable row level security', v_table);
    end if;
    execute format('revoke all on %s from public', v_table);
    if to_regrole('anon') is not null then
      execute format('revoke all on %s from anon, authenticated', v_table);
    end if;
  end loop;
end
$$;
select nova.grant_rights('service_role', 'select', 'nova.mail_comparisons', 'nova.mail_listed',
                         'nova.mail_certificates', 'nova.mail_certificate_events', 'public.mail_completeness');
revoke all on all functions in schema nova from public;
select nova.mark_names();
