-- What of inboxes is to be compared with the provider, taken for two minutes. $1 limit bigint, $2 who, $3 text[] ids of
-- inboxes that the asker compares already. Returns: inbox id, scope (text), token bigint, grant id, provider (text),
-- the comparison under way or 0 bigint, first second bigint, first second after it bigint, cursor text, own pages
-- boolean: a backfill's pages are judged instead of a list
select c.inbox_id::text, c.scope, c.token, c.grant_id, c.provider, c.comparison_id,
       extract(epoch from c.from_day::timestamp at time zone 'UTC')::bigint,
       extract(epoch from c.to_day::timestamp at time zone 'UTC')::bigint, c.cursor, c.own_pages
  from nova.claim_certifications($1::bigint::integer, $2::text, $3::text[]::uuid[]) c
