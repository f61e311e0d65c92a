-- Adds an inbox, or brings back the one of that grant and address; a grant of another address stays
-- as it is, and that inbox is returned.
-- $1 email, $2 grant id, $3 provider, empty: as it was. Returns as list_inboxes
insert into flux_inboxes as i (email, grant_id, provider) values ($1::text, $2::text, $3::text)
    on conflict (grant_id) do update
   set (provider, status, status_reason, status_changed_at, updated_at) = (
         select coalesce(nullif(excluded.provider, ''), i.provider), 'active', '', now(), now()
          where lower(i.email collate "C") = lower(excluded.email collate "C")
         union all
         select i.provider, i.status, i.status_reason, i.status_changed_at, i.updated_at
          where lower(i.email collate "C") <> lower(excluded.email collate "C"))
returning i.id::text, i.email, i.grant_id, i.provider, i.status, i.status_reason,
          coalesce(extract(epoch from i.last_verified_at)::bigint, 0), 0::bigint
