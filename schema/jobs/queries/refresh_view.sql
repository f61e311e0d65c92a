-- $1 the task. Returns: refreshed boolean, rows bigint, bytes bigint
select r.refreshed, r.rows, r.bytes from nova.refresh_view($1) r
