-- How much each user used on each day.
select nova.expect_names('usage_metrics', 'usage_metrics_once', 'idx_usage_metrics_date', 'idx_usage_metrics_user',
  'monthly_usage_summary', 'monthly_usage_summary_key', 'current_day_usage', 'increment_usage_metrics()');

create table if not exists public.usage_metrics (
  id text collate "C" primary key default gen_random_uuid()::text,
  tenant_id text collate "C" not null,
  user_id text collate "C" not null,
  date date not null default (now() at time zone 'UTC')::date,
  total_messages bigint not null default 0,
  total_tokens bigint not null default 0,
  estimated_cost numeric not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint usage_metrics_once unique (tenant_id, user_id, date),
  constraint usage_metrics_positive check (total_messages >= 0 and total_tokens >= 0 and estimated_cost >= 0
                                           and estimated_cost < 'Infinity')
) with (fillfactor = 70);
select nova.name_callers('public.usage_metrics');
select nova.add_user_key('public.usage_metrics', 'usage_metrics_user');
create index if not exists idx_usage_metrics_date on public.usage_metrics (date);
create index if not exists idx_usage_metrics_user on public.usage_metrics (user_id);
comment on table public.usage_metrics is
  'Messages, tokens and their cost by user and day. Isolated by tenant; written by increment_usage_metrics.';
comment on column public.usage_metrics.estimated_cost is
  'In the currency of the price list. Not rounded: a token costs less than a millionth.';

drop trigger if exists trigger_usage_metrics_updated_at on public.usage_metrics;
create trigger trigger_usage_metrics_updated_at before update on public.usage_metrics
  for each row execute function nova.touch_updated_at();

-- The service measures; users look. The write policies hold where somebody grants more than this migration does.
select nova.protect_tenant_table('public.usage_metrics');
select nova.grant_rights('authenticated', 'select', 'public.usage_metrics');

drop policy if exists usage_metrics_select on public.usage_metrics;
create policy usage_metrics_select on public.usage_metrics for select to authenticated
  using (tenant_id = (select c.tenant_id from nova.caller c));
drop policy if exists usage_metrics_insert on public.usage_metrics;
create policy usage_metrics_insert on public.usage_metrics for insert to authenticated
  with check (tenant_id = (select c.tenant_id from nova.caller c));
drop policy if exists usage_metrics_update on public.usage_metrics;
create policy usage_metrics_update on public.usage_metrics for update to authenticated
  using (tenant_id = (select c.tenant_id from nova.caller c))
  with check (tenant_id = (select c.tenant_id from nova.caller c));
drop policy if exists usage_metrics_delete on public.usage_metrics;
create policy usage_metrics_delete on public.usage_metrics for delete to authenticated
  using (tenant_id = (select c.tenant_id from nova.caller c));

create or replace function public.increment_usage_metrics(p_tenant_id uuid, p_user_id uuid, p_date date,
                                                          p_messages integer default 1, p_tokens integer default 0,
                                                          p_cost decimal default 0) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_tenant_id public.usage_metrics.tenant_id%type := p_tenant_id; -- text, or whatever the ids of tenants and users are
  v_user_id public.usage_metrics.user_id%type := p_user_id;
begin
  if p_messages < 0 or p_tokens < 0 or p_cost < 0 then
    raise exception 'usage only grows: % messages, % tokens, cost %', p_messages, p_tokens, p_cost
      using errcode = '22023';
  end if;
  insert into public.usage_metrics as u (tenant_id, user_id, date, total_messages, total_tokens, estimated_cost)
  values (v_tenant_id, v_user_id, p_date, p_messages, p_tokens, p_cost)
  on conflict on constraint usage_metrics_once do update
    set total_messages = u.total_messages + excluded.total_messages,
        total_tokens = u.total_tokens + excluded.total_tokens,
        estimated_cost = u.estimated_cost + excluded.estimated_cost;
end
$$;
comment on function public.increment_usage_metrics(uuid, uuid, date, integer, integer, decimal) is
  'Adds messages, tokens and cost to a user''s day; one upsert, exact under any concurrency. For the service '
  'only: users do not write their own bill.';
revoke all on function public.increment_usage_metrics(uuid, uuid, date, integer, integer, decimal) from public, anon,
  authenticated;
grant execute on function public.increment_usage_metrics(uuid, uuid, date, integer, integer, decimal) to service_role;

create materialized view if not exists public.monthly_usage_summary as
select u.tenant_id, date_trunc('month', u.date::timestamp)::date as month, count(distinct u.user_id) as active_users,
       sum(u.total_messages)::bigint as total_messages, sum(u.total_tokens)::bigint as total_tokens,
       sum(u.estimated_cost) as estimated_cost
  from public.usage_metrics u
 group by u.tenant_id, date_trunc('month', u.date::timestamp)::date
 union all -- no row: nova.expect_all_rows says why
select null, null, null, null, null, null where not nova.expect_all_rows('public.usage_metrics');
create unique index if not exists monthly_usage_summary_key on public.monthly_usage_summary (tenant_id, month);
comment on materialized view public.monthly_usage_summary is
  'Usage by tenant and month, of all tenants: policies do not reach a materialized view, so it is for the '
  'service only. As of the last REFRESH.';
revoke all on public.monthly_usage_summary from public, anon, authenticated;
grant select on public.monthly_usage_summary to service_role;

create or replace view public.current_day_usage with (security_invoker = true) as
select u.tenant_id, u.user_id, u.date, u.total_messages, u.total_tokens, u.estimated_cost, u.updated_at
  from public.usage_metrics u where u.date = (now() at time zone 'UTC')::date;
comment on view public.current_day_usage is
  'Today''s usage by user, with the caller''s rights: a user sees the own tenant''s. Days are those of UTC, as writers'
  ' have them, whatever time zone a session has.';
revoke all on public.current_day_usage from public, anon, authenticated;
grant select on public.current_day_usage to service_role;
select nova.grant_rights('authenticated', 'select', 'public.current_day_usage');
select nova.mark_names();
select nova.plan_upkeep('assistant');
