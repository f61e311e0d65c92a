-- What the provider sent and nobody could read or store. It is kept raw, at most 1 MiB each and 1
-- GiB an inbox, and read again by a later version of the program (nova.claim_rejects); what can be
-- read then is stored and its row goes away (nova.forget_rejects).

create or replace function nova.reject_bytes_max() returns bigint
language sql immutable set search_path = pg_catalog, pg_temp as $$ select 1073741824::bigint $$;
comment on function nova.reject_bytes_max is
  'How much of what cannot be read is kept for one inbox; beyond it only id and reason.';

create or replace function nova.record_rejects(
  p_inbox_id uuid[], p_kind text[], p_identity bytea[], p_provider_id text[], p_reason text[], p_raw text[],
  p_version text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  r record;
  v_room bigint;
  v_kept bigint;
  v_raw text;
begin
  for r in
    select g.inbox_id, g.kind, g.identity, min(g.provider_id) as provider_id, min(g.reason) as reason,
           min(nullif(g.raw, '')) as raw, count(*) as times
      from unnest(p_inbox_id, p_kind, p_identity, p_provider_id, p_reason, p_raw)
             g (inbox_id, kind, identity, provider_id, reason, raw)
     group by g.inbox_id, g.kind, g.identity
     order by g.inbox_id, g.kind, g.identity
  loop
    select nova.reject_bytes_max() - i.reject_bytes into v_room from public.flux_inboxes i
     where i.id = r.inbox_id for no key update;
    continue when not found;
    select coalesce(octet_length(j.raw), 0) into v_kept
      from public.flux_email_rejects j where j.inbox_id = r.inbox_id and j.kind = r.kind and j.identity = r.identity;
    v_kept := coalesce(v_kept, 0);
    v_raw := case when octet_length(r.raw) <= least(v_room + v_kept, 1048576) then r.raw end;
    insert into public.flux_email_rejects as j (inbox_id, kind, identity, provider_id, reason, raw, version, times_seen)
    values (r.inbox_id, r.kind, r.identity, r.provider_id, r.reason, v_raw, p_version, r.times)
        on conflict (inbox_id, kind, identity) do update
       set provider_id = excluded.provider_id, reason = excluded.reason, raw = coalesce(excluded.raw, j.raw),
           version = excluded.version, times_seen = j.times_seen + excluded.times_seen, last_seen_at = now();
    if v_raw is not null and octet_length(v_raw) <> v_kept then
      update public.flux_inboxes i
         set reject_bytes = i.reject_bytes + octet_length(v_raw) - v_kept
       where i.id = r.inbox_id;
    end if;
  end loop;
end
$$;
comment on function nova.record_rejects is
  'Keeps what could not be read. Arrays of one length; an empty raw is not kept; seen again is counted.';

create or replace function nova.forget_rejects(p_inbox_id uuid[], p_kind text[], p_identity bytea[]) returns bigint
language sql set search_path = pg_catalog, pg_temp as $$
  with gone as (
    delete from public.flux_email_rejects j
     using unnest(p_inbox_id, p_kind, p_identity) g (inbox_id, kind, identity)
     where j.inbox_id = g.inbox_id and j.kind = g.kind and j.identity = g.identity
    returning j.inbox_id, coalesce(octet_length(j.raw), 0) as bytes
  ), freed as (
    update public.flux_inboxes i set reject_bytes = greatest(i.reject_bytes - s.bytes, 0)
      from (select gone.inbox_id, sum(gone.bytes) as bytes from gone group by gone.inbox_id) s
     where i.id = s.inbox_id
  )
  select count(*) from gone
$$;
comment on function nova.forget_rejects is 'What can be read by now. Returns how many there were.';

create or replace function nova.claim_rejects(p_version text, p_limit bigint)
returns table (inbox_id uuid, kind text, identity bytea, raw text, last_seen_at timestamptz)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- Seen again since, and then it could be stored.
  perform nova.forget_rejects(array_agg(j.inbox_id), array_agg(j.kind), array_agg(j.identity))
     from public.flux_email_rejects j
    where j.kind = 'message' and exists (
            select from public.flux_email_messages m
             where m.inbox_id = j.inbox_id and m.nylas_message_id = j.provider_id collate "C"
               and m.hi > extract(epoch from j.last_seen_at) * 1000000)
       or j.kind = 'folder' and exists (
            select from public.flux_email_folders f
             where f.inbox_id = j.inbox_id and f.nylas_folder_id = j.provider_id collate "C"
               and f.updated_at > j.last_seen_at)
   having count(*) > 0;
  return query
    update public.flux_email_rejects j set retry_at = now() + interval '10 minutes'
      from (select t.inbox_id, t.kind, t.identity
              from public.flux_email_rejects t
             where t.raw is not null and (t.version < p_version or t.version > p_version) and t.retry_at <= now()
             order by t.inbox_id, t.kind, t.identity limit p_limit
               for update skip locked) due
     where j.inbox_id = due.inbox_id and j.kind = due.kind and j.identity = due.identity
    returning j.inbox_id, j.kind, j.identity, j.raw, j.last_seen_at;
end
$$;
comment on function nova.claim_rejects is
  'Takes what another version of the program could not read, to be read again; hides it for ten minutes. '
  'Forgets what was stored meanwhile.';

create or replace function nova.reject_still(p_inbox_id uuid[], p_kind text[], p_identity bytea[], p_reason text[],
                                             p_version text)
returns void
language sql set search_path = pg_catalog, pg_temp as $$
  update public.flux_email_rejects j set version = p_version, reason = g.reason, retry_at = '-infinity'
    from unnest(p_inbox_id, p_kind, p_identity, p_reason) g (inbox_id, kind, identity, reason)
   where j.inbox_id = g.inbox_id and j.kind = g.kind and j.identity = g.identity
$$;
comment on function nova.reject_still is 'This version cannot read it either.';

revoke all on function nova.reject_bytes_max(),
  nova.record_rejects(uuid[], text[], bytea[], text[], text[], text[], text),
  nova.forget_rejects(uuid[], text[], bytea[]), nova.claim_rejects(text, bigint),
  nova.reject_still(uuid[], text[], bytea[], text[], text) from public;
