-- The webhook endpoints of the application, as Nylas lists them. What one does not get is lost, and no notification
-- says so: an endpoint that was paused, failing or failed for a while makes certificates due.
select nova.expect_names('webhook_endpoints');

create table if not exists nova.webhook_endpoints (
  id text primary key,
  url text not null,
  status text not null,
  since timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
comment on table nova.webhook_endpoints is 'Where Nylas sends notifications of this application, as it said last.';
comment on column nova.webhook_endpoints.url is 'Without its query, which may hold a secret.';
comment on column nova.webhook_endpoints.status is
  'active; failing: most deliveries fail, for a quarter of an hour; failed: nothing is sent any more; pause.';
comment on column nova.webhook_endpoints.since is 'When it was first seen with this status.';

create or replace function nova.note_webhook_endpoints(p_ids text[], p_urls text[], p_statuses text[])
returns table (endpoint text, url text, was text, status text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  return query
    select g.id, g.url, coalesce(e.status, ''), g.status
      from unnest(p_ids, p_urls, p_statuses) g (id, url, status)
      left join nova.webhook_endpoints e on e.id = g.id
     where e.status is distinct from g.status and (e.id is not null or g.status <> 'active');
  if found then
    perform nova.certify_soon(i.id) from public.flux_inboxes i where i.status = 'active';
  end if;
  delete from nova.webhook_endpoints e where e.id <> all (p_ids);
  insert into nova.webhook_endpoints as e (id, url, status)
  select distinct on (g.id) g.id, g.url, g.status from unnest(p_ids, p_urls, p_statuses) g (id, url, status)
   order by g.id
      on conflict (id) do update
     set url = excluded.url, status = excluded.status, seen_at = now(),
         since = case when e.status = excluded.status then e.since else now() end;
end
$$;
comment on function nova.note_webhook_endpoints is
  'All endpoints as Nylas lists them now. Returns those whose status is another than before (new ones when they are '
  'not active); then the last thirty days of all inboxes are compared soon.';
revoke all on nova.webhook_endpoints from public;
revoke all on all functions in schema nova from public;
select nova.mark_names();
