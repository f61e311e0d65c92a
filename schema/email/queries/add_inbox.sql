-- Adds an inbox, or brings one back (nova.add_inbox). $1 email, $2 grant id, $3 provider, empty: as
-- it was, $4 replace boolean. Returns: id, email, grant id, provider, status, reason (text), last
-- verified at in seconds or 0 (bigint), the grant that it had or empty (text)
select (a.inbox).id::text, (a.inbox).email, (a.inbox).grant_id, (a.inbox).provider, (a.inbox).status,
       (a.inbox).status_reason, coalesce(extract(epoch from (a.inbox).last_verified_at)::bigint, 0),
       coalesce(a.former_grant, '')
  from nova.add_inbox($1::text, $2::text, $3::text, $4::boolean) a
