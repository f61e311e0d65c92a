-- $1 text[] ids. Returns: those that were sent again text
select r from nova.retry_notifications($1::text[]) r
