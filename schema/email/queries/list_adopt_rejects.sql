-- $1 at most bigint. Returns: table text, id text, reason text
select a.source_table, a.source_id, a.reason from nova.adopted_rows a
 where a.reason is not null order by a.source_table, a.seen_at, a.source_id limit $1::bigint
