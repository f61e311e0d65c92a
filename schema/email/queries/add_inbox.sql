-- Adds an inbox, or brings back the one of that grant. $1 email, $2 grant id, $3 provider. Returns as list_inboxes
insert into flux_inboxes as i (email, grant_id, provider) values ($1::text, $2::text, $3::text)
    on conflict (grant_id) do update
   set email = excluded.email, provider = excluded.provider, status = 'active', status_reason = '', status_changed_at = now(), updated_at = now()
returning i.id::text, i.email, i.grant_id, i.provider, i.status, i.status_reason, coalesce(extract(epoch from i.last_verified_at)::bigint, 0)
