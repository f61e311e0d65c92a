-- Who lists a backfill's threads does so under a lease; the row keeps the newest token, so that whoever lost the lease and has not
-- noticed changes nothing.

alter table public.flux_inbox_configurations add column if not exists discovery_token bigint not null default 0;
comment on column public.flux_inbox_configurations.discovery_token is 'The newest token of the lease backfill:ID under which this was worked on. What an older one writes is refused.';

create or replace function nova.hold_discovery(p_token bigint, p_config_id uuid) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_newest bigint;
begin
  if p_token = 0 then
    return; -- a program without a cluster
  end if;
  select c.discovery_token into v_newest from public.flux_inbox_configurations c where c.id = p_config_id for no key update;
  if v_newest > p_token then
    raise exception 'backfill % is another worker''s by now', p_config_id
      using errcode = 'NV009', hint = 'Its lease was lost. Stop, and wait for it again.';
  elsif v_newest < p_token then
    update public.flux_inbox_configurations c set discovery_token = p_token where c.id = p_config_id;
  end if;
end
$$;
comment on function nova.hold_discovery is 'Locks a backfill for the holder of that token. NV009: a newer one was here. 0 is always let pass.';

create or replace function nova.begin_discovery_as(p_token bigint, p_config_id uuid) returns setof public.backfill_windows
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.hold_discovery(p_token, p_config_id);
  return query select * from nova.begin_discovery(p_config_id);
end
$$;
comment on function nova.begin_discovery_as is 'nova.begin_discovery for the holder of a token. NV009.';

create or replace function nova.record_page_as(
  p_token bigint, p_config_id uuid, p_window_id bigint, p_cursor text, p_next_cursor text, p_thread_id text[], p_latest bigint[])
returns table (inserted bigint, known bigint, discovery_done boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.hold_discovery(p_token, p_config_id);
  return query select * from nova.record_page(p_config_id, p_window_id, p_cursor, p_next_cursor, p_thread_id, p_latest);
end
$$;
comment on function nova.record_page_as is 'nova.record_page for the holder of a token. NV008, NV009.';

create or replace function nova.fail_discovery_as(p_token bigint, p_config_id uuid, p_reason text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform nova.hold_discovery(p_token, p_config_id);
  return nova.fail_discovery(p_config_id, p_reason);
end
$$;
comment on function nova.fail_discovery_as is 'nova.fail_discovery for the holder of a token. NV009.';

revoke all on function nova.hold_discovery(bigint, uuid), nova.begin_discovery_as(bigint, uuid),
  nova.record_page_as(bigint, uuid, bigint, text, text, text[], bigint[]), nova.fail_discovery_as(bigint, uuid, text) from public;
