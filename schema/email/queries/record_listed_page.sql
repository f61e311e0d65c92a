-- $1 config id, $2 window id, $3 the cursor of this page, $4 the next, $5 text[] thread ids, $6 bigint[] latest message in seconds,
-- $7 token of the lease or 0 bigint, $8 text[] message ids, $9 text[] the thread of each.
-- Returns: left to be synced bigint, known bigint, discovery done boolean
select inserted, known, discovery_done
  from nova.record_listed_page($7::bigint, $1::uuid, $2::bigint, $3::text, $4::text, $5::text[], $6::bigint[], $8::text[], $9::text[])
