-- $1 table text, $2 ids text[], $3 ids of the provider text[]. Returns: id text, reason text, of those that are not
-- here
select l.source_id, l.reason from nova.lacking_rows($1::text, $2::text[], $3::text[]) l
