-- All webhook endpoints of the application. $1 text[] ids, $2 text[] URLs, $3 text[] statuses.
-- Returns those whose status is another than before: id, URL, its status before (empty: it is new), its status
select n.endpoint, n.url, n.was, n.status from nova.note_webhook_endpoints($1::text[], $2::text[], $3::text[]) n
