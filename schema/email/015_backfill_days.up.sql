-- A backfill lists its range once; what its pages said is the first listing of a comparison, so a day that nothing
-- touched, shifted or rejected meanwhile is certified without being listed again (nova.end_own_pages).
select nova.expect_names('backfill_days');

create table if not exists nova.backfill_days (
  window_id bigint not null references public.backfill_windows on delete cascade,
  day date not null,
  listed bigint not null,
  ids bit(256) not null,
  content bit(256) not null,
  primary key (window_id, day)
);
comment on table nova.backfill_days is
  'What the lists of messages of a backfill''s windows said of each day, until its days are certified.';
comment on column nova.backfill_days.day is
  'By the date of the messages, of those within the window; infinity: messages were listed; -infinity: not all that '
  'the provider said could be counted.';
comment on column nova.backfill_days.listed is 'Messages; one that was listed twice counts twice.';
comment on column nova.backfill_days.ids is 'The sha256 of each id, combined by exclusive or.';
comment on column nova.backfill_days.content is 'The sha256 of that and the two hashes of each message, likewise.';

create or replace function nova.note_listed_days(
  p_window_id bigint, p_day date[], p_listed bigint[], p_ids bytea[], p_content bytea[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if cardinality(p_day) > 0 then
    insert into nova.backfill_days as d (window_id, day, listed, ids, content)
    select p_window_id, g.day, g.listed, ('x' || encode(g.ids, 'hex'))::bit(256),
           ('x' || encode(g.content, 'hex'))::bit(256)
      from unnest(p_day, p_listed, p_ids, p_content) g (day, listed, ids, content)
        on conflict (window_id, day) do update
       set listed = d.listed + excluded.listed, ids = d.ids # excluded.ids, content = d.content # excluded.content;
  end if;
end
$$;
comment on function nova.note_listed_days is
  'Adds what pages said to what their window listed, in the transaction of its checkpoint.';

create or replace function nova.forget_listed_days() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  delete from nova.backfill_days d where d.window_id = new.id;
  return null;
end
$$;
comment on function nova.forget_listed_days is 'A window that begins again lists everything again.';
drop trigger if exists forget_listed_days on public.backfill_windows;
create trigger forget_listed_days after update of restarts on public.backfill_windows
  for each row when (new.restarts > old.restarts) execute function nova.forget_listed_days();

create or replace function nova.has_own_pages(p_inbox_id uuid) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select from public.flux_inbox_configurations c
                   join public.backfill_windows w on w.config_id = c.id
                   join nova.backfill_days d on d.window_id = w.id
                  where c.inbox_id = p_inbox_id and c.backfill_status = 'completed')
$$;
comment on function nova.has_own_pages is 'Whether a completed backfill of an inbox has counted what it listed.';

create or replace function nova.own_days(p_id bigint)
returns table (day date, listed_since timestamptz, count integer, ids bytea, content bytea)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with c as (
    select * from nova.mail_comparisons k where k.id = p_id
  ), windows as materialized (
    select w.id, w.window_start, w.window_end, w.began_at,
           w.gave_up is null
           and exists (select from nova.backfill_days d where d.window_id = w.id and d.day = 'infinity')
           and not exists (select from nova.backfill_days d where d.window_id = w.id and d.day = '-infinity') as good
      from c join public.flux_inbox_configurations f on f.inbox_id = c.inbox_id and f.backfill_status = 'completed'
      join public.backfill_windows w on w.config_id = f.id
  ), days as (
    select g::date as day, g at time zone 'UTC' as since, (g + interval '1 day') at time zone 'UTC' as until
      from c cross join generate_series(c.from_day::timestamp, c.to_day - interval '1 day', interval '1 day') g
     where g::date >= coalesce(c.listed_from, g::date)
  ), listed as (
    select d.day, sum(d.listed) as count, bit_xor(d.ids) as ids, bit_xor(d.content) as content
      from nova.backfill_days d join windows w on w.id = d.window_id
     where d.day > '-infinity' and d.day < 'infinity'
     group by d.day
  ), hashed as materialized (
    select nova.mail_day(m.message_date) as day, m.nylas_message_id as id,
           sha256(convert_to(m.nylas_message_id, 'UTF8')) as hash,
           coalesce(m.core_hash, '') || coalesce(m.extra_hash, '') as content
      from c join public.flux_email_messages m
        on uuid_hash(m.inbox_id) = uuid_hash(c.inbox_id) and m.inbox_id = c.inbox_id and m.deleted_at is null
       and m.message_date >= c.from_day::timestamp at time zone 'UTC'
       and m.message_date < c.to_day::timestamp at time zone 'UTC'
  ), stored as (
    select h.day, count(*) as count, bit_xor(('x' || encode(h.hash, 'hex'))::bit(256)) as ids,
           bit_xor(('x' || encode(sha256(h.hash || h.content), 'hex'))::bit(256)) as content,
           sha256(string_agg(h.hash, '' order by h.id)) as id_digest,
           sha256(string_agg(h.hash || h.content, '' order by h.id)) as content_digest
      from hashed h group by h.day
  )
  select d.day, w.began_at, coalesce(s.count, 0)::integer, coalesce(s.id_digest, sha256('')),
         coalesce(s.content_digest, sha256(''))
    from days d
    cross join lateral (select min(o.began_at) as began_at, bool_and(o.good) as good
                          from windows o where o.window_start < d.until and o.window_end > d.since) w
    left join listed l on l.day = d.day
    left join stored s on s.day = d.day
   where w.good and coalesce(l.count, 0) = coalesce(s.count, 0) and l.ids is not distinct from s.ids
     and l.content is not distinct from s.content
$$;
comment on function nova.own_days is
  'The days of a comparison of which what is stored is exactly what the backfill''s own pages said.';

create or replace function nova.end_own_pages(p_inbox_id uuid, p_scope text, p_token bigint) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_comparison bigint;
  v_settled boolean;
  v_count integer;
begin
  select k.comparison_id into v_comparison from nova.mail_certifications k
   where k.inbox_id = p_inbox_id and k.scope = p_scope and k.token = p_token and k.comparison_id is not null
     for no key update;
  if not found then
    return null;
  end if;
  v_settled := nova.comparison_settled(v_comparison);
  insert into nova.mail_certificates as k (
    inbox_id, day, state, provider_count, provider_ids, provider_content, stored_count, stored_ids, stored_content,
    compared_at, compared_by, verified_at)
  select c.inbox_id, d.day, 'stale', d.count, d.ids, d.content, d.count, d.ids, d.content, clock_timestamp(),
         c.compared_by, coalesce(d.listed_since, c.began_at)
    from nova.mail_comparisons c cross join nova.own_days(v_comparison) d
   where c.id = v_comparison order by d.day
      on conflict (inbox_id, day) do update
     set state = case when k.quiet and v_settled then 'verified' else 'stale' end, reason = '',
         provider_count = excluded.provider_count, provider_ids = excluded.provider_ids,
         provider_content = excluded.provider_content, stored_count = excluded.stored_count,
         stored_ids = excluded.stored_ids, stored_content = excluded.stored_content, in_flight = 0, missing = '{}',
         extra = '{}', differing = '{}', rejected = '{}', compared_at = excluded.compared_at,
         compared_by = excluded.compared_by, verified_at = excluded.verified_at;
  get diagnostics v_count = row_count;
  perform nova.record_certificates(v_comparison);
  update nova.mail_comparisons c set ended_at = clock_timestamp(), equal = true where c.id = v_comparison;
  delete from nova.backfill_days d
   using public.backfill_windows w join public.flux_inbox_configurations f on f.id = w.config_id
   where d.window_id = w.id and f.inbox_id = p_inbox_id and f.backfill_status = 'completed';
  update nova.mail_certifications k
     set comparison_id = null, cursor = '', claimed_until = null, due_at = now(), last_error = ''
   where k.inbox_id = p_inbox_id and k.scope = p_scope;
  return v_count;
end
$$;
comment on function nova.end_own_pages is
  'Certifies the days that are as a backfill''s own pages said; the others are due to be listed. Returns how many it '
  'certified, null when another has it.';

alter table nova.backfill_days enable row level security;
revoke all on nova.backfill_days from public;
do $$
begin
  if to_regrole('anon') is not null then
    revoke all on nova.backfill_days from anon, authenticated;
  end if;
end
$$;
select nova.grant_rights('service_role', 'select', 'nova.backfill_days');
revoke all on all functions in schema nova from public;
select nova.mark_names();
