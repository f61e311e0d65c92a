-- Search as people type it: words by their beginnings (and stems, where a language is set), "phrases", -word, from: to:
-- subject: in: has:attachment is:unread is:starred before: after:. What is rare is ranked; of what is in more than
-- 10,000 messages the newest come first, unranked, and each row says which it is.
--
--   read the text ─▶ a sample says in how many messages ─▶  few: all of them, ranked
--                                                        └▶ many: the newest messages, one after the other
select nova.expect_names('mail_search()', 'flux_email_search_newest');

create index if not exists flux_email_search_newest
  on public.flux_email_search (uuid_hash(inbox_id), message_date, nylas_message_id);

create or replace function nova.term_of(p_vector tsvector, p_join text, p_mark text) returns tsquery
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select string_agg('''' || replace(replace(l.lexeme, chr(92), repeat(chr(92), 2)), '''', '''''') || '''' || p_mark,
                    p_join order by l.positions[1])::tsquery
    from unnest(p_vector) l
$$;
comment on function nova.term_of(tsvector, text, text) is
  'The words of a text as a condition, with what joins them and what stands behind each, such as :*A.';

create or replace function nova.search_term(p_text text, p_weight text, p_language regconfig) returns tsquery
language sql stable set search_path = pg_catalog, pg_temp as $$
  -- Of a word of three letters or more its beginning is enough; a phrase, and what is several words, is as it is.
  select case when p_language = 'simple'::regconfig or p_text like '"%' or t.stems is null then t.words
              else t.words || t.stems end
    from (select nova.term_of(v.words, ' <-> ', rtrim(':' || case when length(v.words) = 1 and p_text not like '"%'
                                                                   and length(p_text) >= 3 then '*' else '' end
                                                          || p_weight, ':')) as words,
                 nova.term_of(to_tsvector(p_language, p_text), ' & ', rtrim(':' || p_weight, ':')) as stems
            from (select to_tsvector('simple', p_text) as words) v) t
$$;
comment on function nova.search_term(text, text, regconfig) is
  'What people typed as one term, in fields of a weight (A subject, B people, empty: all); null: no word.';

do $$
begin
  create type nova.search_request as (
    words tsquery, from_people text[], to_people text[], attached boolean, folders text[], unread boolean,
    starred boolean, before timestamptz, after timestamptz);
  create type nova.search_hit as (inbox_id uuid, nylas_message_id text, nylas_thread_id text, message_date timestamptz,
                                  rank real);
exception when duplicate_object then
  null;
end
$$;
comment on type nova.search_request is 'What is searched for, as nova.read_search reads it.';
comment on type nova.search_hit is 'A message that was found.';

create or replace function nova.read_search(p_query text, p_language regconfig) returns nova.search_request
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  r nova.search_request;
  v_term record;
  v_one tsquery;
begin
  r.from_people := '{}';
  r.to_people := '{}';
  r.folders := '{}';
  for v_term in
    select m.t[1] = '-' as negated, lower(coalesce(m.t[2], '')) as field, m.t[3] as text, trim('"' from m.t[3]) as bare
      from regexp_matches(left(p_query, 1000), '(-?)(?:(from|to|subject|in|has|is|before|after):)?'
                                               '("[^"]*"?|[^[:space:]]+)', 'gi') with ordinality m (t, place)
     where m.place <= 32
  loop
    if v_term.field = 'has' and v_term.bare ilike 'attachment%' then
      r.attached := not v_term.negated;
    elsif v_term.field = 'is' and lower(v_term.bare) in ('unread', 'read') then
      r.unread := (lower(v_term.bare) = 'unread') <> v_term.negated;
    elsif v_term.field = 'is' and lower(v_term.bare) = 'starred' then
      r.starred := not v_term.negated;
    elsif v_term.field = 'in' then
      r.folders := r.folders || v_term.bare;
    elsif v_term.field in ('before', 'after') then
      if v_term.bare !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then
        raise exception '%: takes a day such as 2026-01-31, not %', v_term.field, v_term.bare using errcode = '22007';
      elsif v_term.field = 'before' then
        r.before := v_term.bare || ' 00:00:00+00';
      else
        r.after := (v_term.bare || ' 00:00:00+00')::timestamptz + interval '1 day';
      end if;
    else
      v_one := nova.search_term(v_term.text, case v_term.field when 'subject' then 'A' when 'from' then 'B'
                                                               when 'to' then 'B' else '' end, p_language);
      if v_term.field = 'from' and not v_term.negated then
        r.from_people := r.from_people || v_term.bare;
      elsif v_term.field = 'to' and not v_term.negated then
        r.to_people := r.to_people || v_term.bare;
      end if;
      v_one := case when v_term.negated then !!v_one else v_one end;
      r.words := coalesce(r.words && v_one, r.words, v_one);
    end if;
  end loop;
  return r;
end
$$;
comment on function nova.read_search(text, regconfig) is
  'Reads what people type into a search field, its first thousand characters and 32 terms. 22007: a day that is none.';

create or replace function nova.estimate_words(p_words tsquery) returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  c_sample constant integer := 600;
  v_rows double precision;
  v_estimate bigint;
begin
  select coalesce(nullif(c.reltuples, -1), c.relpages * 8.0) into v_rows
    from pg_class c where c.oid = 'public.flux_email_search'::regclass;
  if v_rows < 20 * c_sample then
    return 0;
  end if;
  -- The planner's own statistics know no beginnings of words.
  select count(*) filter (where s.content @@ p_words) * v_rows / greatest(count(*), c_sample / 2) into v_estimate
    from (select t.content from public.flux_email_search t tablesample system (100.0 * c_sample / v_rows)
           limit 2 * c_sample) s;
  return v_estimate;
end
$$;
comment on function nova.estimate_words(tsquery) is
  'In about how many messages words are, by a sample; 0 where there are few messages.';

create or replace function nova.has_all(p_people jsonb, p_texts text[]) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select not exists (select from unnest(p_texts) t where position(lower(t) in lower(p_people::text)) = 0)
$$;
comment on function nova.has_all(jsonb, text[]) is 'Whether each of the texts is in the names or addresses.';

create or replace function nova.ranked_hits(p_inboxes uuid[], p_read nova.search_request, p_limit integer)
returns setof nova.search_hit
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan set jit = off
as $$
begin
  if num_nulls(p_read.attached, p_read.unread, p_read.starred) = 3
     and cardinality(p_read.folders || p_read.from_people || p_read.to_people) = 0 then
    return query
      select s.inbox_id, s.nylas_message_id, s.nylas_thread_id, s.message_date, ts_rank(s.content, p_read.words)
        from public.flux_email_search s
       where s.content @@ p_read.words and s.inbox_id = any (p_inboxes)
         and (p_read.before is null or s.message_date < p_read.before)
         and (p_read.after is null or s.message_date >= p_read.after) limit p_limit;
    return;
  end if;
  return query
    select s.inbox_id, s.nylas_message_id, s.nylas_thread_id, s.message_date, ts_rank(s.content, p_read.words)
      from public.flux_email_search s
      join public.flux_email_messages m on m.nylas_message_id = s.nylas_message_id and m.inbox_id = s.inbox_id
     where s.content @@ p_read.words and s.inbox_id = any (p_inboxes)
       and (p_read.before is null or s.message_date < p_read.before)
       and (p_read.after is null or s.message_date >= p_read.after)
       and (p_read.attached is null or coalesce(m.has_attachments, false) = p_read.attached)
       and (p_read.unread is null or m.unread = p_read.unread)
       and (p_read.starred is null or m.starred = p_read.starred)
       and (p_read.folders = '{}' or m.folders ?& p_read.folders)
       and (p_read.from_people = '{}' or nova.has_all(m.from_addresses, p_read.from_people))
       and (p_read.to_people = '{}' or nova.has_all(m.to_addresses || m.cc_addresses, p_read.to_people)) limit p_limit;
end
$$;
comment on function nova.ranked_hits(uuid[], nova.search_request, integer) is
  'Messages that have the words, by the index of words, with their rank; in no order.';

create or replace function nova.newest_hits(
  p_inboxes uuid[], p_read nova.search_request, p_before timestamptz, p_before_id text, p_size integer,
  p_window integer)
returns setof nova.search_hit
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan set jit = off
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off as $$
begin
  -- Each inbox for itself, newest first, so many messages and no more. Where one ends early, what others have from
  -- before its end is left for the next page; a row without a message says how far all of them are.
  return query
    with seen as materialized (
      select w.*, row_number() over (partition by i.id order by w.message_date desc, w.nylas_message_id desc) as place
        from unnest(p_inboxes) i (id)
       cross join lateral (
         select s.inbox_id, s.nylas_message_id, s.nylas_thread_id, s.message_date,
                p_read.words is null or s.content @@ p_read.words as has_words
           from public.flux_email_search s
          where uuid_hash(s.inbox_id) = uuid_hash(i.id) and s.inbox_id = i.id
            and s.message_date <= least(p_before, p_read.before)
            and (s.message_date, s.nylas_message_id) < (p_before, p_before_id)
            and (p_read.before is null or s.message_date < p_read.before)
            and (p_read.after is null or s.message_date >= p_read.after)
          order by s.message_date desc, s.nylas_message_id desc limit p_window) w),
    ends as (select s.message_date as at, s.nylas_message_id as id from seen s where s.place = p_window
              order by 1 desc, 2 desc limit 1),
    hits as (
      select s.inbox_id, s.nylas_message_id, s.nylas_thread_id, s.message_date
        from seen s
        join public.flux_email_messages m on m.nylas_message_id = s.nylas_message_id and m.inbox_id = s.inbox_id
       where s.has_words and m.deleted_at is null
         and not exists (select from ends e where (s.message_date, s.nylas_message_id) < (e.at, e.id))
         and (p_read.attached is null or coalesce(m.has_attachments, false) = p_read.attached)
         and (p_read.unread is null or m.unread = p_read.unread)
         and (p_read.starred is null or m.starred = p_read.starred)
         and (p_read.folders = '{}' or m.folders ?& p_read.folders)
       and (p_read.from_people = '{}' or nova.has_all(m.from_addresses, p_read.from_people))
         and (p_read.to_people = '{}' or nova.has_all(m.to_addresses || m.cc_addresses, p_read.to_people))
       order by s.message_date desc, s.nylas_message_id desc limit p_size)
    select h.inbox_id, h.nylas_message_id, h.nylas_thread_id, h.message_date, null::real from hits h
     union all
    select null, e.id, null, e.at, null from ends e where (select count(*) from hits) < p_size;
end
$$;
comment on function nova.newest_hits(uuid[], nova.search_request, timestamptz, text, integer, integer) is
  'The newest messages that fit, of the p_window newest of each inbox before a place; with a row without inbox_id, '
  'which says up to where, when that was not all.';

create or replace function nova.best_hits(
  p_inboxes uuid[], p_read nova.search_request, p_after text[], p_size integer, p_ranked_max integer,
  out hits nova.search_hit[], out found bigint)
language sql stable set search_path = pg_catalog, pg_temp as $$
  -- Of each thread its best message.
  with h as materialized (select * from nova.ranked_hits(p_inboxes, p_read, p_ranked_max + 1)),
  c as (select count(*) as n from h),
  best as (
    select distinct on (h.inbox_id, coalesce(h.nylas_thread_id, h.nylas_message_id)) h.*
      from h where (select c.n from c) <= p_ranked_max
     order by h.inbox_id, coalesce(h.nylas_thread_id, h.nylas_message_id), h.rank desc, h.message_date desc nulls last,
              h.nylas_message_id desc),
  page as (
    select (b.inbox_id, b.nylas_message_id, b.nylas_thread_id, b.message_date, b.rank)::nova.search_hit as hit
      from best b
     where p_after is null
        or (b.rank, coalesce(b.message_date, '-infinity'), b.nylas_message_id)
           < (p_after[2]::real, p_after[3]::timestamptz, p_after[4])
     order by b.rank desc, coalesce(b.message_date, '-infinity') desc, b.nylas_message_id desc limit p_size)
  select (select coalesce(array_agg(p.hit), '{}') from page p), (select c.n from c)
$$;
comment on function nova.best_hits(uuid[], nova.search_request, text[], integer, integer) is
  'The best messages after a place, one a thread, and how many there are; none when they are more than p_ranked_max.';

create or replace function nova.find_mail(p_inboxes uuid[], p_read nova.search_request, p_after text[], p_size integer,
                                          out hits nova.search_hit[], out ranked boolean, out next text)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  c_ranked_max constant integer := 10000;
  v_found bigint := c_ranked_max + 1;
  v_last nova.search_hit;
  v_from timestamptz := case p_after[1] when 'n' then p_after[3]::timestamptz else 'infinity' end;
  v_from_id text := case p_after[1] when 'n' then p_after[4] else '' end;
  v_window integer;
  v_few boolean := numnode(p_read.words) > 0
                   and nova.estimate_words(p_read.words) <= 1.5 * c_ranked_max;
begin
  if v_few and p_after[1] is distinct from 'n' then
    select b.hits, b.found into hits, v_found
      from nova.best_hits(p_inboxes, p_read, p_after, p_size, c_ranked_max) b;
  end if;
  ranked := v_found <= c_ranked_max;
  if not ranked then
    foreach v_window in array array[500, 2000, 5000] loop
      hits := array(select h from nova.newest_hits(p_inboxes, p_read, v_from, v_from_id, p_size, v_window) h);
      exit when (hits[cardinality(hits)]).inbox_id is not null or cardinality(hits) = 0;
    end loop;
  end if;
  v_last := hits[cardinality(hits)];
  hits := array(select h from unnest(hits) h where h.inbox_id is not null);
  if cardinality(hits) = p_size or v_last.nylas_message_id is not null and v_last.inbox_id is null then
    next := concat_ws(' ', case when ranked then 'r' else 'n' end, coalesce(v_last.rank, 0),
                      replace(coalesce(v_last.message_date, '-infinity')::text, ' ', 'T'), v_last.nylas_message_id);
  end if;
end
$$;
comment on function nova.find_mail(uuid[], nova.search_request, text[], integer) is
  'A page of what is searched for: ranked, or newest first where it is in too many messages to rank; next is where the '
  'page after it begins, null when there is none.';

create or replace function public.mail_search(
  query text, inbox uuid default null, after text default null, page_size integer default 50)
returns table (thread_id uuid, inbox_id uuid, nylas_thread_id text, message_id uuid, nylas_message_id text,
               message_date timestamptz, subject text, snippet text, from_addresses jsonb, unread boolean,
               starred boolean, has_attachments boolean, message_count integer, latest_message_at timestamptz,
               rank real, ranked boolean, next text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC'
set datestyle = 'ISO' set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  v_read nova.search_request := nova.read_search(mail_search.query, nova.search_language());
  v_inboxes uuid[] := nova.readable_inboxes(mail_search.inbox);
  v_after text[] := regexp_match(mail_search.after, '^([nr]) ([^ ]{1,40}) ([^ ]{1,40}) (.+)$');
  v_page record;
begin
  if mail_search.after is not null and v_after is null then
    raise exception 'after: is next of the last row, not %', left(mail_search.after, 100) using errcode = '22023';
  end if;
  select f.* into v_page from nova.find_mail(v_inboxes, v_read, v_after,
                                             least(greatest(coalesce(mail_search.page_size, 50), 1), 200)) f;
  return query
    select t.id, m.inbox_id, m.nylas_thread_id, m.id, m.nylas_message_id, m.message_date, m.subject, m.snippet,
           m.from_addresses, m.unread, m.starred, m.has_attachments, t.message_count, t.latest_message_at, h.rank,
           v_page.ranked, v_page.next
      from (select distinct on (u.inbox_id, coalesce(u.nylas_thread_id, u.nylas_message_id)) u.*
              from unnest(v_page.hits) with ordinality u (inbox_id, nylas_message_id, nylas_thread_id, at, rank, place)
             order by u.inbox_id, coalesce(u.nylas_thread_id, u.nylas_message_id), u.place) h
      join public.flux_email_messages m on m.nylas_message_id = h.nylas_message_id and m.inbox_id = h.inbox_id
      left join public.flux_email_threads t on t.nylas_thread_id = m.nylas_thread_id and t.inbox_id = m.inbox_id
     where m.deleted_at is null
     order by h.place;
  if not found and v_page.next is not null then
    return query select null::uuid, null::uuid, null, null::uuid, null, null::timestamptz, null, null, null::jsonb,
                        null::boolean, null::boolean, null::boolean, null::integer, null::timestamptz, null::real,
                        v_page.ranked, v_page.next;
  end if;
end
$$;
comment on function public.mail_search(text, uuid, text, integer) is
  'A page of threads by text: words by their beginnings, "phrases", -word, from: to: subject: in: has:attachment '
  'is:unread is:starred before: after:. ranked false: the words are in more than 10,000 messages (or there are none), '
  'which come newest first. The next page: after is next of the last row; null: that was all. A page may be short, and '
  'then has a row with nothing but next.';

revoke all on function nova.term_of(tsvector, text, text), nova.search_term(text, text, regconfig),
  nova.read_search(text, regconfig), nova.estimate_words(tsquery), nova.has_all(jsonb, text[]),
  nova.ranked_hits(uuid[], nova.search_request, integer),
  nova.newest_hits(uuid[], nova.search_request, timestamptz, text, integer, integer),
  nova.best_hits(uuid[], nova.search_request, text[], integer, integer),
  nova.find_mail(uuid[], nova.search_request, text[], integer) from public;
select nova.mark_names();
select nova.grant_calls('authenticated', 'public.mail_search(text,uuid,text,integer)');
