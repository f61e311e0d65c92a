-- Takes attachments whose bytes are due for an hour, fairly among grants. $1 limit, $2 at most of one grant,
-- $3 text[] grants of which the caller has some in hand, $4 integer[] how many, $5 bytes above which one is too large,
-- $6 epoch of the node or 0.
-- Returns: inbox id, grant id, message id, attachment id (text), size as listed bigint or null, failures so far
-- integer, until when it is taken, microseconds since 1970 bigint
select c.inbox_id::text, c.grant_id, c.message_id, c.attachment_id, c.listed_size, c.attempts,
       (extract(epoch from c.claimed_until) * 1000000)::bigint
  from nova.claim_attachments($1::bigint::integer, $2::bigint::integer, $3::text[], $4::integer[], $5::bigint,
                              $6::bigint) c
