-- Writes observations of messages. Arrays of one length:
-- $1 inbox ids, $2 ids, $3 thread ids, $4 subjects, $5 snippets, $6 bodies, $7 from, $8 to, $9 cc,
-- $10 bcc, $11 reply_to, $12 attachments, $13 folders, $14 metadata (all text[]),
-- $15 bigint[] dates, $16 boolean[] unread, $17 boolean[] starred,
-- $18 bigint[] carried, $19 bytea[] core hashes, $20 bytea[] extra hashes,
-- $21 bigint[] lo, $22 bigint[] hi, $23 text[] origins, $24 text[] notes, $25 text[] Message-IDs, empty when there are
-- none.
-- Returns: inserted, replaced, confirmed, ignored, doubtful, all integer
select inserted, replaced, confirmed, ignored, doubtful
  from nova.store_messages($1::text[]::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::bigint[],
    $16::boolean[], $17::boolean[], $18::bigint[], $19::bytea[], $20::bytea[], $21::bigint[], $22::bigint[],
    $23::text[], $24::text[], $25::text[])
