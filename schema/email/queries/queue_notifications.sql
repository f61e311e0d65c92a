-- $1 text[] ids, $2 text[] types, $3 text[] grant ids, $4 text[] payloads. Returns in order: it was new boolean
select is_new from nova.queue_notifications($1::text[], $2::text[], $3::text[], $4::text[])
