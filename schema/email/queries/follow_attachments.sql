-- Notes the attachments of messages that changed. $1 about how many messages, $2 bytes above which one is too large.
-- Returns: of how many messages bigint
select nova.follow_attachments($1::bigint::integer, $2::bigint)
