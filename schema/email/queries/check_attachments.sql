-- Reads stored bytes of an inbox's attachments and computes their sha256 again, some at a time. $1 inbox id, $2 the
-- sha256 after which to go on bytea.
-- Returns: sha256 bytea, what is wrong text (missing, altered or empty), message id and attachment id of one that has
-- them text
select c.sha256, c.problem, c.message_id, c.attachment_id from nova.check_attachments($1::uuid, $2::bytea) c
