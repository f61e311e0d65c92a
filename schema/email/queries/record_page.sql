-- $1 config id, $2 window id, $3 its token bigint, $4 the cursor of this page,
-- $5 the next, $6 text[] thread ids, $7 bigint[] latest message in seconds, $8 text[] message ids,
-- $9 text[] the thread of each, $10 only threads with messages that are not stored boolean,
-- $11 pages integer; of each day that the pages list $12 text[] day, $13 bigint[] messages, $14 bytea[] and $15 bytea[]
-- digests (nova.backfill_days).
-- Returns: to be synced bigint, discovery done boolean, running boolean
select to_sync, discovery_done, running
  from nova.note_listed_days($2::bigint, $12::text[]::date[], $13::bigint[], $14::bytea[], $15::bytea[])
 cross join nova.record_page($1::uuid, $2::bigint, $3::bigint, $4::text, $5::text, $6::text[], $7::bigint[], $8::text[],
                             $9::text[], $10::boolean, $11::bigint::integer)
