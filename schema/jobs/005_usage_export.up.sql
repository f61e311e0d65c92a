-- Usage of past months, to be kept in files outside, and deleted here once it is.

create or replace function nova.usage_line(p_row jsonb, p_format text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  -- Of the row's columns by name, because the types of two of its ids are those of tables that need not be Nova's.
  select case p_format
    when 'csv' then concat_ws(',',
      '"' || replace(p_row ->> 'id', '"', '""') || '"', '"' || replace(p_row ->> 'tenant_id', '"', '""') || '"',
      '"' || replace(p_row ->> 'user_id', '"', '""') || '"', p_row ->> 'date', p_row ->> 'total_messages',
      p_row ->> 'total_tokens', p_row ->> 'estimated_cost', p_row ->> 'created_at', p_row ->> 'updated_at')
    when 'ndjson' then p_row::text end
$$;
comment on function nova.usage_line(jsonb, text) is
  'A row of usage_metrics as a line of a file: ndjson, or csv in the order id, tenant_id, user_id, date, '
  'total_messages, total_tokens, estimated_cost, created_at, updated_at.';

create or replace function nova.usage_months(p_after interval)
returns table (month date, rows bigint, content bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
begin
  perform nova.expect_visible('{public.usage_metrics}');
  return query execute $q$
    select date_trunc('month', u.date::timestamp)::date, count(*),
           bit_xor(hashtextextended(nova.usage_line(to_jsonb(u), 'ndjson'), 0))
      from public.usage_metrics u
     where u.date < date_trunc('month', now() - greatest($1, interval '0'))::date
     group by 1 order by 1
  $q$ using p_after;
end
$$;
comment on function nova.usage_months(interval) is
  'Months that ended so long ago and have usage: how many rows, and a number that changes with what is in them.';

create or replace function nova.usage_page(p_month date, p_after_date date, p_after_id text, p_n integer, p_format text)
returns table (date date, id text, line text, content bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
begin
  perform nova.expect_visible('{public.usage_metrics}');
  if p_month >= date_trunc('month', now())::date then
    raise exception 'the month of % is not over', p_month using errcode = '22023';
  end if;
  return query execute $q$
    select p.date, p.id, nova.usage_line(p.row, $5), hashtextextended(nova.usage_line(p.row, 'ndjson'), 0)
      from (select u.date, u.id, to_jsonb(u) as row from public.usage_metrics u
             where u.date >= $1 and u.date < ($1 + interval '1 month')::date and u.date >= $2
               and (u.date, u.id) > ($2, $3)
             order by u.date, u.id limit least($4, 10000)) p
  $q$ using p_month, coalesce(p_after_date, p_month - 1), coalesce(p_after_id, ''), p_n, p_format;
end
$$;
comment on function nova.usage_page(date, date, text, integer, text) is
  'Usage of a month that is over, in the order of day and id, after one of them: at most 10,000 lines of a format.';

create or replace function nova.delete_exported_usage(p_month date, p_part integer, p_keep interval, p_ids text[],
                                                      p_lines text[]) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC'
set lock_timeout = '2s' as $$
declare
  v_format text;
  v_count bigint;
begin
  perform nova.expect_equal_lengths(cardinality(p_ids), cardinality(p_lines));
  if p_keep is null or now() - p_keep > now() - interval '31 days' then
    raise exception 'usage is kept for 31 days or longer, not for %', p_keep
      using errcode = '22023', hint = 'options of the task: {"keep": "24 months"}';
  elsif p_month + interval '1 month' > now() - p_keep then
    raise exception 'usage of % is kept', to_char(p_month, 'YYYY-MM') using errcode = '22023';
  end if;
  perform nova.expect_visible('{public.usage_metrics}');
  update nova.upkeep_exports e set deleting_since = coalesce(e.deleting_since, clock_timestamp())
   where e.target = 'usage_metrics' and e.month = p_month and e.part = p_part
  returning e.format into v_format;
  if not found then
    raise exception 'usage of % was not exported', to_char(p_month, 'YYYY-MM') using errcode = '22023';
  end if;
  -- What has changed since it was exported is no longer what the file has, and stays.
  execute $q$
    delete from public.usage_metrics u using unnest($1, $2) f (id, line)
     where u.id = f.id collate "C" and u.date >= $3 and u.date < ($3 + interval '1 month')::date
       and nova.usage_line(to_jsonb(u), $4) = f.line
  $q$ using p_ids, p_lines, p_month, v_format;
  get diagnostics v_count = row_count;
  update nova.upkeep_exports e set deleted_rows = e.deleted_rows + v_count
   where e.target = 'usage_metrics' and e.month = p_month and e.part = p_part;
  return v_count;
end
$$;
comment on function nova.delete_exported_usage(date, integer, interval, text[], text[]) is
  'Deletes rows of usage that are as these lines of their exported file, in a month that is to be kept no longer. '
  'Returns how many.';

revoke all on function nova.usage_line(jsonb, text), nova.usage_months(interval),
  nova.usage_page(date, date, text, integer, text),
  nova.delete_exported_usage(date, integer, interval, text[], text[]) from public;
