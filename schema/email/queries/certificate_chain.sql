-- The log of an inbox's certificates. $1 inbox id, $2 a hash (hex; empty: none).
-- Returns: events bigint, the newest hash (hex), events that were changed bigint, whether $2 is a hash of it
select count(*), coalesce((array_agg(encode(e.hash, 'hex') order by e.id desc))[1], ''),
       (select count(*) from nova.broken_links($1::uuid)),
       coalesce(bool_or(encode(e.hash, 'hex') = $2::text), false)
  from nova.mail_certificate_events e where e.inbox_id = $1::uuid
