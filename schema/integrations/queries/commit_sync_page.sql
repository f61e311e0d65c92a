-- $1 run, $2 token, $3 read, $4 inserted, $5 updated, $6 deleted, $7 skipped, $8 failed, $9 bytes, $10 watermark
-- or NULL, $11 checkpoint or NULL, $12 state or NULL (text of JSON). Returns: accepted, cancelled or stale
select nova.commit_sync_page($1::uuid, $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6::bigint, $7::bigint,
                             $8::bigint, $9::bigint, $10::text, $11::text::jsonb, $12::text::jsonb)
