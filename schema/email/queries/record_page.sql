-- $1 config id, $2 window id, $3 its token bigint, $4 the cursor of this page,
-- $5 the next, $6 text[] thread ids, $7 bigint[] latest message in seconds, $8 text[] message ids,
-- $9 text[] the thread of each, $10 only threads with messages that are not stored boolean,
-- $11 pages integer; what they showed: $12 messages, $13 threads, $14 different threads seen bigint,
-- $15 reached in seconds or 0 bigint, $16 all messages listed boolean, $17 and $18 cost of messages
-- and of threads double precision; of each day that they list $19 text[] day, $20 bigint[] messages, $21 bytea[] and
-- $22 bytea[] digests (nova.backfill_days).
-- Returns: to be synced bigint, discovery done boolean, running boolean
select r.to_sync, r.discovery_done, r.running
  from nova.note_listed_days($2::bigint, $19::text[]::date[], $20::bigint[], $21::bytea[], $22::bytea[])
 cross join nova.record_page($1::uuid, $2::bigint, $3::bigint, $4::text, $5::text, $6::text[], $7::bigint[], $8::text[],
                             $9::text[], $10::boolean, $11::bigint::integer) r
 cross join lateral nova.note_listed($2::bigint, $4::text = '', $12::bigint, $13::bigint, $14::bigint, r.to_sync,
                                     to_timestamp(nullif($15::bigint, 0)), $16::boolean, $17::double precision,
                                     $18::double precision)
