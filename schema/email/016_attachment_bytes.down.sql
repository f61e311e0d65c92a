drop trigger if exists release_attachments on nova.cluster_nodes;
drop function if exists nova.release_attachments();
drop function if exists nova.count_attachments(bigint);
drop function if exists nova.check_attachments(uuid, bytea, integer);
drop function if exists nova.sweep_attachment_contents(integer);
drop function if exists nova.settle_attachment(uuid, text, text, timestamptz, text, bigint, interval, text);
drop function if exists nova.store_attachment(uuid, text, text, bytea, bytea);
drop function if exists nova.claim_attachments(integer, integer, text[], integer[], bigint, bigint);
drop function if exists nova.fit_attachments(bigint, bigint, integer);
drop function if exists nova.follow_attachments(integer, bigint);
alter table if exists nova.mail_certificates
  drop column if exists attachments_listed, drop column if exists attachments_stored,
  drop column if exists attachments_too_large, drop column if exists attachments_unavailable;
drop table if exists nova.attachment_bytes, nova.attachment_contents, nova.attachment_progress;
