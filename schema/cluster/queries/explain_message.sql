-- How a message came, or why it is not there: a step a row, as facts of nova.why_message, of which pg/explanation.cpp
-- makes sentences. $1 an inbox's id, grant id or address text, or null for every one; $2 message id text; $3 when it is
-- dated, seconds since 1970, or null bigint; $4 at most bigint. Returns: address of the inbox or null, KIND, state
-- text, when as JSON has it or null, facts as a JSON object text
with inboxes as (
  select i.id from public.flux_inboxes i
   where i.id::text = lower($1::text) or i.grant_id = $1::text or lower(i.email) = lower($1::text)
), asked as (
  select i.id from inboxes i
  union all
  -- No inbox has this id: that of one that is not there says so.
  select case when $1::text is not null then '00000000-0000-0000-0000-000000000000'::uuid end
   where not exists (select from inboxes)
)
select i.email, w.kind, w.state, to_jsonb(w.at) #>> '{}', w.facts::text
  from asked a
 cross join lateral nova.why_message(a.id, $2::text, to_timestamp($3::bigint))
         with ordinality w (inbox_id, step, at, kind, state, facts, n)
  left join public.flux_inboxes i on i.id = w.inbox_id
 order by i.email, w.inbox_id, w.n limit $4::bigint
