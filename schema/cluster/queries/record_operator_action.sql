-- $1 who, $2 role, $3 via, $4 action, $5 target text, $6 arguments as JSON text,
-- $7 why, $8 outcome, $9 node name text.
-- Returns: id bigint
select nova.record_operator_action($1, $2, $3, $4, $5, $6::jsonb, $7, $8,
         (select max(n.id) from nova.cluster_nodes n where n.name = $9::text and n.ended_at is null))
