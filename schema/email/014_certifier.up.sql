-- When what of an inbox is compared with its provider (nova.mail_certifications), and sweeps that go on where they
-- were. The actor `certifier` claims what is due, compares it (012_certificates) and ends it; each claim has a token,
-- and what names an older one changes nothing.
select nova.expect_names('mail_certifications');

alter table public.flux_inboxes
  add column if not exists swept_until timestamptz,
  add column if not exists sweep_token bigint not null default 0,
  add column if not exists sweep_cursor text not null default '',
  add column if not exists sweep_from timestamptz,
  add column if not exists sweep_began_at timestamptz;
comment on column public.flux_inboxes.swept_until is
  'Everything that was received until then was listed once, and stored.';
comment on column public.flux_inboxes.sweep_token is 'Of the newest claim of its sweep.';
comment on column public.flux_inboxes.sweep_cursor is
  'Where the sweep that began at sweep_began_at goes on; empty: none does.';
comment on column public.flux_inboxes.sweep_from is 'What was received from then on is listed by it.';
comment on column public.flux_inboxes.sweep_began_at is 'When the first claim of the newest sweep was.';

create table if not exists nova.mail_certifications (
  inbox_id uuid not null references public.flux_inboxes on delete cascade,
  scope text not null constraint mail_certifications_scope
    check (scope in ('recent', 'month', 'year', 'backfill', 'again')),
  due_at timestamptz not null,
  token bigint not null default 0,
  claimed_until timestamptz,
  claimed_by text not null default '',
  comparison_id bigint references nova.mail_comparisons on delete set null,
  cursor text not null default '',
  from_day date,
  to_day date,
  failures integer not null default 0,
  last_error text not null default '',
  done_until timestamptz,
  primary key (inbox_id, scope)
);
create index if not exists mail_certifications_due on nova.mail_certifications (due_at);
comment on table nova.mail_certifications is 'When which days of each inbox are compared with what its provider lists.';
comment on column nova.mail_certifications.scope is
  'recent: yesterday and today, hourly; month: the thirty days before, daily; year: all before that, every thirty '
  'days; backfill: what a backfill brought, once; again: days that were found broken.';
comment on column nova.mail_certifications.due_at is 'Infinity: until something makes it due.';
comment on column nova.mail_certifications.comparison_id is 'The comparison under way.';
comment on column nova.mail_certifications.cursor is 'Where its list goes on; empty: at its beginning.';
comment on column nova.mail_certifications.from_day is 'With to_day, which is not in it, the days of the comparison.';
comment on column nova.mail_certifications.failures is 'In a row; of again: how often its days were found broken.';
comment on column nova.mail_certifications.done_until is 'When the last one that came to its end was claimed first.';

create or replace function nova.note_verified(p_id bigint) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  -- It reaches back to where the one before it ended, and to the present.
  update public.flux_inboxes i set last_verified_at = c.began_at
    from nova.mail_comparisons c
   where c.id = p_id and i.id = c.inbox_id and c.began_at > coalesce(i.last_verified_at, '-infinity')
     and coalesce(c.from_day, '-infinity') <= nova.mail_day(coalesce(i.last_verified_at, i.created_at))
     and (c.to_day is null or c.to_day > nova.mail_day(c.began_at))
$$;
comment on function nova.note_verified is 'A comparison was equal: until it began its inbox is verified.';

create or replace function nova.plan_certifications() returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_new integer;
  v_due integer;
begin
  -- Spread by the inbox, so that a thousand that were added together are not due together for ever.
  insert into nova.mail_certifications (inbox_id, scope, due_at)
  select i.id, s.scope, now() + s.first * (1 + (uuid_hash(i.id) & 1023) / 1024.0)
    from public.flux_inboxes i
    cross join (values ('recent', interval '0'), ('month', interval '12 hours'), ('year', interval '15 days'))
               s (scope, first)
   where i.status = 'active' and i.swept_until is not null
     and not exists (select from nova.mail_certifications k where k.inbox_id = i.id and k.scope = s.scope)
      on conflict do nothing;
  get diagnostics v_new = row_count;
  insert into nova.mail_certifications as k (inbox_id, scope, due_at)
  select distinct c.inbox_id, 'backfill', now()
    from public.flux_inbox_configurations c
    join public.flux_inboxes i on i.id = c.inbox_id and i.status = 'active'
   where c.backfill_status = 'completed'
     and not exists (select from nova.mail_certifications d
                      where d.inbox_id = c.inbox_id and d.scope = 'backfill'
                        and (d.due_at < 'infinity' or d.done_until >= c.backfill_completed_at))
      on conflict (inbox_id, scope) do update set due_at = now(), failures = 0;
  get diagnostics v_due = row_count;
  if v_due > 0 then
    update nova.mail_certifications k set due_at = now()
     where k.scope = 'recent' and k.due_at > now()
       and exists (select from nova.mail_certifications b
                    where b.inbox_id = k.inbox_id and b.scope = 'backfill' and b.due_at = now());
  end if;
  return v_new + v_due;
end
$$;
comment on function nova.plan_certifications is
  'Enters what is new: inboxes that were swept once, and backfills that were completed. Returns how many.';

create or replace function nova.whole_day(p_at timestamptz) returns date
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select nova.mail_day(p_at + interval '24 hours' - interval '1 microsecond')
$$;
comment on function nova.whole_day is 'The first day of which everything is at or after an instant.';

create or replace function nova.certification_days(p_inbox_id uuid, p_scope text, out from_day date, out to_day date)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_today constant date := nova.mail_day(now());
  i record;
  v_running boolean;
  v_covered date;
begin
  select nova.mail_day(n.created_at) as added, nova.mail_day(n.last_verified_at) as verified into i
    from public.flux_inboxes n where n.id = p_inbox_id;
  select bool_or(c.backfill_status in ('pending', 'discovering', 'thread_sync', 'paused')),
         least(i.added, min(nova.whole_day(c.backfill_start)) filter (where c.backfill_status = 'completed'))
    into v_running, v_covered
    from public.flux_inbox_configurations c where c.inbox_id = p_inbox_id;
  -- What a backfill brings is not missing before it is done; what came since the inbox was added is swept.
  v_covered := case when v_running then i.added else coalesce(v_covered, i.added) end;
  to_day := v_today + 2;
  case p_scope
    when 'recent' then
      from_day := greatest(v_covered, v_today - 7, least(v_today - 1, case when i.verified < 'infinity' then i.verified
                                                                           else v_today - 1 end));
    when 'month' then
      from_day := greatest(v_covered, v_today - 30);
      to_day := v_today - 1;
    when 'year' then
      from_day := v_covered;
      to_day := v_today - 30;
    when 'backfill' then
      select min(nova.whole_day(c.backfill_start)), max(nova.mail_day(c.backfill_end)) into from_day, to_day
        from public.flux_inbox_configurations c
       where c.inbox_id = p_inbox_id and c.backfill_status = 'completed'
         and c.backfill_completed_at
             > coalesce((select k.done_until from nova.mail_certifications k
                          where k.inbox_id = p_inbox_id and k.scope = 'backfill'), '-infinity');
      -- From the end of a backfill to the present everything was swept; the newest days are those of `recent`.
      to_day := case when to_day >= i.added then v_today - 1 else least(to_day, v_today - 1) end;
    else
      select k.from_day, k.to_day into from_day, to_day from nova.mail_certifications k
       where k.inbox_id = p_inbox_id and k.scope = 'again';
  end case;
end
$$;
comment on function nova.certification_days is 'Which days a scope is, now; none when to_day is not after from_day.';

create or replace function nova.days_to_list(p_inbox_id uuid, inout from_day date, inout to_day date)
language sql stable set search_path = pg_catalog, pg_temp as $$
  with open as (
    select g::date as day from generate_series(from_day::timestamp, to_day - interval '1 day', interval '1 day') g
     where not exists (
       select from nova.mail_certificates k
        where k.inbox_id = p_inbox_id and k.day = g::date
          and k.compared_at >= (select max(c.backfill_completed_at) from public.flux_inbox_configurations c
                                 where c.inbox_id = p_inbox_id and c.backfill_status = 'completed'))
  ), newest as (
    select max(o.day) as day from open o)
  select min(o.day), max(n.day) + 1 from newest n join open o on o.day > n.day - 31
$$;
comment on function nova.days_to_list is
  'Of the days that a backfill brought the newest that were not compared since, a month of them at most.';

create or replace function nova.certification_period(p_scope text) returns interval
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select case p_scope when 'recent' then interval '1 hour' when 'month' then interval '1 day'
                      when 'year' then interval '30 days' end
$$;
comment on function nova.certification_period is 'Between two comparisons of a scope; null: it is not repeated.';

create or replace function nova.claim_certifications(p_limit integer, p_by text, p_in_hand uuid[])
returns table (inbox_id uuid, scope text, token bigint, grant_id text, provider text, comparison_id bigint,
               from_day date, to_day date, cursor text, own_pages boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v record;
  d record;
  v_own boolean;
  v_taken uuid[] := p_in_hand;
begin
  for v in
    select k.*, i.grant_id, i.provider
      from nova.mail_certifications k
      join public.flux_inboxes i on i.id = k.inbox_id and i.status = 'active'
     where k.due_at <= now() and (k.claimed_until is null or k.claimed_until < now())
       and k.inbox_id <> all (p_in_hand)
       and not exists (select from nova.provider_outages o where o.scope = 'grant' and o.subject = i.grant_id)
       and not exists (select from nova.mail_certifications o
                        where o.inbox_id = k.inbox_id and o.claimed_until >= now())
     order by k.due_at, k.inbox_id, k.scope limit 10 * p_limit for no key update of k skip locked
  loop
    -- One comparison an inbox at a time.
    continue when v.inbox_id = any (v_taken);
    exit when cardinality(v_taken) >= cardinality(p_in_hand) + p_limit;
    select v.from_day as from_day, v.to_day as to_day into d;
    v_own := v.scope = 'backfill' and nova.has_own_pages(v.inbox_id);
    if v.comparison_id is null or v_own then
      select * into d from nova.certification_days(v.inbox_id, v.scope);
      if v.scope = 'backfill' and not v_own then
        select * into d from nova.days_to_list(v.inbox_id, d.from_day, d.to_day);
      end if;
      if d.from_day is null or d.to_day <= d.from_day then
        update nova.mail_certifications k
           set due_at = coalesce(now() + nova.certification_period(v.scope), 'infinity'), claimed_until = null,
               done_until = now()
         where k.inbox_id = v.inbox_id and k.scope = v.scope;
        continue;
      end if;
    end if;
    v_taken := v_taken || v.inbox_id;
    return query
      update nova.mail_certifications k
         set token = k.token + 1, claimed_until = now() + interval '2 minutes', claimed_by = p_by,
             cursor = case when k.comparison_id is null then '' else k.cursor end,
             from_day = d.from_day, to_day = d.to_day
       where k.inbox_id = v.inbox_id and k.scope = v.scope
      returning k.inbox_id, k.scope, k.token, v.grant_id, v.provider, coalesce(k.comparison_id, 0), k.from_day,
                k.to_day, k.cursor, v_own;
  end loop;
end
$$;
comment on function nova.claim_certifications is
  'Takes what is due for two minutes, one an inbox; what another began and did not end goes on where it was.';

create or replace function nova.keep_certification(
  p_inbox_id uuid, p_scope text, p_token bigint, p_comparison_id bigint, p_cursor text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update nova.mail_certifications k
     set claimed_until = now() + interval '2 minutes', comparison_id = nullif(p_comparison_id, 0), cursor = p_cursor
   where k.inbox_id = p_inbox_id and k.scope = p_scope and k.token = p_token;
  return found;
end
$$;
comment on function nova.keep_certification is
  'A sign of life of who compares, with where the list goes on. False when another has it.';

create or replace function nova.fail_certification(
  p_inbox_id uuid, p_scope text, p_token bigint, p_reason text, p_blameless boolean) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update nova.mail_certifications k
     set claimed_until = null, last_error = case when p_blameless then k.last_error else p_reason end,
         failures = k.failures + case when p_blameless then 0 else 1 end,
         due_at = now() + case when p_blameless then interval '1 minute'
                               else least(interval '1 minute' * 2 ^ least(k.failures, 10), interval '6 hours') end
   where k.inbox_id = p_inbox_id and k.scope = p_scope and k.token = p_token
$$;
comment on function nova.fail_certification is
  'It goes on after a minute, or after an error that is its own later each time, six hours at most.';

create or replace function nova.end_certification(p_inbox_id uuid, p_scope text, p_token bigint, p_calls bigint)
returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  k record;
  v_equal boolean;
begin
  select m.*, c.began_at into k
    from nova.mail_certifications m join nova.mail_comparisons c on c.id = m.comparison_id
   where m.inbox_id = p_inbox_id and m.scope = p_scope and m.token = p_token for no key update of m;
  if not found then
    return null;
  end if;
  v_equal := nova.end_comparison(k.comparison_id, p_calls);
  update nova.mail_certifications m
     set comparison_id = null, cursor = '', claimed_until = null, last_error = '',
         done_until = case p_scope when 'backfill' then m.done_until else k.began_at end,
         failures = case when p_scope = 'again' and not v_equal then m.failures + 1 else 0 end,
         -- What is left of a backfill's days is next.
         due_at = case p_scope when 'backfill' then now()
                               else coalesce(k.began_at + nova.certification_period(p_scope), 'infinity') end
   where m.inbox_id = p_inbox_id and m.scope = p_scope;
  if not v_equal then
    perform nova.certify_again(p_inbox_id, k.from_day, k.to_day);
  end if;
  return v_equal;
end
$$;
comment on function nova.end_certification is
  'Judges the days of a comparison whose list came to its end; broken ones are compared again. Null when another '
  'has it.';

create or replace function nova.certify_again(p_inbox_id uuid, p_from date, p_to date) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  -- What was missing is stored by then; what the provider no longer lists is decided by a second 404, an hour later.
  insert into nova.mail_certifications as k (inbox_id, scope, due_at, from_day, to_day)
  select p_inbox_id, 'again', now() + interval '10 seconds', min(c.day), max(c.day) + 1
    from nova.mail_certificates c
   where c.inbox_id = p_inbox_id and c.state = 'broken' and c.day >= p_from and c.day < p_to
  having count(*) > 0
      on conflict (inbox_id, scope) do update
     set due_at = least(k.due_at, now() + case k.failures when 0 then interval '10 seconds'
                                                 when 1 then nova.not_found_delay() + interval '3 minutes'
                                                 else interval '6 hours' end),
         from_day = case when k.due_at = 'infinity' then excluded.from_day
                         else least(k.from_day, excluded.from_day) end,
         to_day = case when k.due_at = 'infinity' then excluded.to_day else greatest(k.to_day, excluded.to_day) end
   where k.comparison_id is null
$$;
comment on function nova.certify_again is 'Makes the broken days of a range due for another comparison.';

create or replace function nova.note_not_listed(p_inbox_id uuid, p_id text[], p_lo bigint, p_hi bigint) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_count integer;
begin
  with given as materialized (
    select m.nylas_message_id, m.lo, m.hi
      from unnest(p_id) g (id)
      join public.flux_email_messages m on m.inbox_id = p_inbox_id and m.nylas_message_id = g.id collate "C"
     where m.deleted_at is null and m.not_found = 0 and m.hi < p_lo
     order by m.nylas_message_id for no key update of m),
  marked as (
    update public.flux_email_messages m
       set not_found = 1, not_found_at = now(), refetch_at = now() + nova.not_found_delay()
      from given g where m.inbox_id = p_inbox_id and m.nylas_message_id = g.nylas_message_id)
  insert into nova.mail_journal (inbox_id, nylas_message_id, event, lo, hi, row_lo, row_hi, origin)
  select p_inbox_id, g.nylas_message_id, 'not_found', p_lo, p_hi, g.lo, g.hi, 'reconcile' from given g;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function nova.note_not_listed is
  'Messages that the provider did not list and answered with 404: the first of two looks. Returns how many.';

create or replace function nova.distrust_messages(p_inbox_id uuid, p_id text[]) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_count integer;
begin
  with found as materialized (
    select m.nylas_message_id
      from unnest(p_id) g (id)
      join public.flux_email_messages m on m.inbox_id = p_inbox_id and m.nylas_message_id = g.id collate "C"
     order by m.nylas_message_id for no key update of m)
  update public.flux_email_messages m set core_hash = null, extra_hash = null
    from found f where m.inbox_id = p_inbox_id and m.nylas_message_id = f.nylas_message_id;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
comment on function nova.distrust_messages is
  'The hashes of these messages are not their columns'': somebody else wrote. What is stored next is compared '
  'column by column. Returns how many.';

create or replace function nova.certify_soon(p_inbox_id uuid) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update nova.mail_certifications k set due_at = now(), failures = 0
   where k.inbox_id = p_inbox_id and k.scope in ('recent', 'month') and k.due_at > now()
$$;
comment on function nova.certify_soon is
  'Something may have been missed: its last thirty days are due. After a re-authorisation, for one.';

create or replace function nova.certify_soon_trigger() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.certify_soon(new.id);
  return null;
end
$$;
comment on function nova.certify_soon_trigger is 'An inbox is active again, or has another grant.';
drop trigger if exists certify_soon on public.flux_inboxes;
create trigger certify_soon after update of status, grant_id on public.flux_inboxes
  for each row when (new.status = 'active' and (old.status <> 'active' or old.grant_id <> new.grant_id))
  execute function nova.certify_soon_trigger();

alter table nova.mail_certifications enable row level security;
revoke all on nova.mail_certifications from public;
do $$
begin
  if to_regrole('anon') is not null then
    revoke all on nova.mail_certifications from anon, authenticated;
  end if;
end
$$;
select nova.grant_rights('service_role', 'select', 'nova.mail_certifications');
revoke all on all functions in schema nova from public;
select nova.mark_names();
