-- Cron expressions and the moments of local times.
--
-- Time zones: a time of day that a clock change leaves out runs at the first moment after the
-- change; one that comes twice runs the first time. A cron whose hour field is * goes by elapsed
-- time instead: it runs in both hours that are called alike.
create or replace function nova.cron_field(p_cron text, p_n integer) returns integer[]
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  v_name text := (array['minute', 'hour', 'day', 'month', 'weekday'])[p_n];
  v_low integer := (array[0, 0, 1, 1, 0])[p_n];
  v_high integer := (array[59, 23, 31, 12, 7])[p_n];
  v_names text[] := case p_n
    when 4 then array['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
    when 5 then array['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
    else '{}' end;
  v_field text := (regexp_split_to_array(p_cron, '[[:space:]]+'))[p_n];
  v_item text;
  v_parts text[];
  v_from integer;
  v_to integer;
  v_step integer;
  v_values integer[] := '{}';
begin
  foreach v_item in array string_to_array(lower(v_field), ',') loop
    v_parts := regexp_match(v_item, '^(?:([*])|([a-z]{3}|[0-9]{1,4})(?:-([a-z]{3}|[0-9]{1,4}))?)(?:/([0-9]{1,4}))?$');
    if v_parts is null then
      raise exception 'cron "%": field % (%) has "%", which is no *, value, range or step', p_cron, p_n, v_name, v_item
        using errcode = 'NM005';
    end if;
    v_step := coalesce(v_parts[4]::integer, 1);
    v_from := case when v_parts[1] is not null then v_low when v_parts[2] ~ '^[0-9]' then v_parts[2]::integer
                   else array_position(v_names, v_parts[2]) - 1 + (p_n = 4)::integer end;
    v_to := case when v_parts[1] is not null then v_high - (p_n = 5)::integer
                 when v_parts[3] ~ '^[0-9]' then v_parts[3]::integer
                 when v_parts[3] is not null then array_position(v_names, v_parts[3]) - 1 + (p_n = 4)::integer
                 when v_parts[4] is not null then v_high - (p_n = 5)::integer else v_from end;
    if v_from is null or v_to is null or v_from < v_low or v_to > v_high or v_from > v_to or v_step < 1 then
      raise exception 'cron "%": field % (%) has "%", which is not within % to %',
        p_cron, p_n, v_name, v_item, v_low, v_high using errcode = 'NM005';
    end if;
    v_values := v_values
      || array(select case when p_n = 5 then v % 7 else v end from generate_series(v_from, v_to, v_step) v);
  end loop;
  return array(select distinct v from unnest(v_values) v order by v);
end
$$;
comment on function nova.cron_field(text, integer) is
  'The values of one field of a cron expression, in order; Sunday is 0. NM005 says what is wrong and where.';

create or replace function nova.cron_text(p_cron text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  v_cron text := btrim(case lower(btrim(p_cron))
    when '@yearly' then '0 0 1 1 *' when '@annually' then '0 0 1 1 *' when '@monthly' then '0 0 1 * *'
    when '@weekly' then '0 0 * * 0' when '@daily' then '0 0 * * *' when '@midnight' then '0 0 * * *'
    when '@hourly' then '0 * * * *' else p_cron end);
begin
  if cardinality(regexp_split_to_array(v_cron, '[[:space:]]+')) <> 5 or v_cron = '' then
    raise exception 'cron "%" has not five fields', p_cron using errcode = 'NM005',
      hint = 'minute hour day month weekday, such as 30 8 * * mon-fri; or @hourly, @daily, @weekly, @monthly, @yearly';
  end if;
  return v_cron;
end
$$;
comment on function nova.cron_text(text) is 'A cron expression as five fields.';

create or replace function nova.first_instant(p_local timestamp, p_timezone text) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_at timestamptz := p_local at time zone p_timezone;
  v_earlier interval;
  v_low timestamptz;
  v_high timestamptz;
  v_middle timestamptz;
begin
  if v_at at time zone p_timezone = p_local then
    foreach v_earlier in array array['24 hours', '2 hours', '1 hour', '30 minutes']::interval[] loop
      if (v_at - v_earlier) at time zone p_timezone = p_local then
        return v_at - v_earlier;
      end if;
    end loop;
    return v_at;
  end if;
  -- Left out: the change is the first moment whose local time is later.
  v_low := date_trunc('minute', v_at) - interval '26 hours';
  v_high := date_trunc('minute', v_at) + interval '26 hours';
  while v_high - v_low > interval '1 minute' loop
    v_middle := date_trunc('minute', v_low + (v_high - v_low) / 2);
    if v_middle at time zone p_timezone > p_local then
      v_high := v_middle;
    else
      v_low := v_middle;
    end if;
  end loop;
  return v_high;
end
$$;
comment on function nova.first_instant(timestamp, text) is
  'The moment of a local time: the first of two, or the first after a gap.';

create or replace function nova.cron_days(p_cron text, p_from date, p_to date) returns date[]
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  v_cron text := nova.cron_text(p_cron);
  v_days integer[] := nova.cron_field(v_cron, 3);
  v_months integer[] := nova.cron_field(v_cron, 4);
  v_weekdays integer[] := nova.cron_field(v_cron, 5);
  -- Vixie's rule: a day and a weekday that are both restricted are alternatives.
  v_either boolean := split_part(regexp_replace(v_cron, '[[:space:]]+', ' ', 'g'), ' ', 3) !~ '^[*]'
    and split_part(regexp_replace(v_cron, '[[:space:]]+', ' ', 'g'), ' ', 5) !~ '^[*]';
begin
  return array(
    select d.day from (select p_from + n as day from generate_series(0, p_to - p_from) n) d
     where extract(month from d.day) = any (v_months)
       and (extract(day from d.day) = any (v_days) and extract(dow from d.day) = any (v_weekdays)
            or v_either and (extract(day from d.day) = any (v_days) or extract(dow from d.day) = any (v_weekdays)))
     order by d.day);
end
$$;
comment on function nova.cron_days(text, date, date) is 'The days of a cron expression, both ends included.';

create or replace function nova.cron_times(p_cron text, p_timezone text, p_day date) returns setof timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_cron text := nova.cron_text(p_cron);
  v_minutes integer[] := nova.cron_field(v_cron, 1);
  v_hours integer[] := nova.cron_field(v_cron, 2);
  v_first timestamptz;
begin
  if cardinality(v_hours) < 24 then
    return query
      select distinct nova.first_instant(p_day + make_time(h, m, 0), p_timezone)
        from unnest(v_hours) h, unnest(v_minutes) m;
    return;
  end if;
  v_first := nova.first_instant(p_day::timestamp, p_timezone);
  return query
    select m.at from (select i as at, i at time zone p_timezone as local
                        from generate_series(v_first, v_first + interval '27 hours', interval '1 minute') i) m
     where m.local::date = p_day and extract(minute from m.local) = any (v_minutes);
end
$$;
comment on function nova.cron_times(text, text, date) is
  'The times of a cron expression on a day that is one of its own, in no order.';

create or replace function nova.cron_next(p_cron text, p_timezone text, p_after timestamptz)
returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_cron text := nova.cron_text(p_cron);
  v_minutes integer[] := nova.cron_field(v_cron, 1);
  v_elapsed boolean := cardinality(nova.cron_field(v_cron, 2)) = 24;
  v_from date := (p_after at time zone p_timezone)::date - 1;
  v_to date;
  v_day date;
  v_at timestamptz;
  v_local timestamp;
begin
  foreach v_to in array array[v_from + 40, v_from + 3300] loop -- nine years: 29 February may be eight away
    foreach v_day in array nova.cron_days(v_cron, v_from, v_to) loop
      if v_elapsed then
        v_at := greatest(nova.first_instant(v_day::timestamp, p_timezone), date_trunc('minute', p_after));
        for v_minute in 1..1620 loop -- 27 hours, one after the other: mostly one of the first is it
          v_local := v_at at time zone p_timezone;
          exit when v_local::date > v_day;
          if v_local::date = v_day and v_at > p_after and extract(minute from v_local) = any (v_minutes) then
            return v_at;
          end if;
          v_at := v_at + interval '1 minute';
        end loop;
      else
        select min(t.at) into v_at
          from nova.cron_times(v_cron, p_timezone, v_day) t (at) where t.at > p_after;
        if v_at is not null then
          return v_at;
        end if;
      end if;
    end loop;
    v_from := v_to + 1;
  end loop;
  return null;
end
$$;
comment on function nova.cron_next(text, text, timestamptz) is
  'The first time of a cron expression after a moment; null when there is none within nine years. NM005: not '
  'understood.';

create or replace function nova.cron_count(p_cron text, p_timezone text, p_after timestamptz,
                                                     p_until timestamptz)
returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v_cron text := nova.cron_text(p_cron);
  v_a_day integer := cardinality(nova.cron_field(v_cron, 1))
    * cardinality(nova.cron_field(v_cron, 2));
  v_first date := (p_after at time zone p_timezone)::date + 2;
  v_last date := (p_until at time zone p_timezone)::date - 2;
  v_whole bigint;
  v_others date[];
begin
  if p_after >= p_until then
    return 0;
  end if;
  -- Days in the middle have all of their times, unless clocks change on them or beside them. Those are
  -- looked at, and those of both ends.
  select count(*) filter (where d.whole), array_agg(d.day) filter (where not d.whole) into v_whole, v_others
    from (select u.day, u.day between v_first and v_last
                 and (u.day + 2)::timestamp at time zone p_timezone - (u.day - 1)::timestamp at time zone p_timezone
                     = interval '72 hours' as whole
            from unnest(nova.cron_days(v_cron, v_first - 3, v_last + 3)) u (day)) d;
  return v_whole * v_a_day
    + (select count(distinct t.at)
         from unnest(v_others) o (day), nova.cron_times(v_cron, p_timezone, o.day) t (at)
        where t.at > p_after and t.at <= p_until);
end
$$;
comment on function nova.cron_count(text, text, timestamptz, timestamptz) is
  'How many times of a cron expression are after one moment and not after another.';

do $$
declare
  v_function regprocedure;
begin
  foreach v_function in array array['nova.cron_field(text, integer)',
      'nova.cron_text(text)',
      'nova.first_instant(timestamp, text)',
      'nova.cron_days(text, date, date)',
      'nova.cron_times(text, text, date)',
      'nova.cron_next(text, text, timestamptz)',
      'nova.cron_count(text, text, timestamptz, timestamptz)']::regprocedure[] loop
    execute format('revoke all on function %s from public', v_function);
    if to_regrole('anon') is not null then
      execute format('revoke all on function %s from anon, authenticated', v_function);
    end if;
  end loop;
end
$$;
