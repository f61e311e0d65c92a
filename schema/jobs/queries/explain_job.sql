-- Where a message is, and what holds it. $1 its id or the id of its failure text, $2 at most bigint.
-- Returns: kind text, whether it is ok boolean, since, facts as a JSON object (text)
select e.kind, e.ok, to_jsonb(e.since) #>> '{}', e.facts::text from nova.explain_job($1::text) e limit $2::bigint
