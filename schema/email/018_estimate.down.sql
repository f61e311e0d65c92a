drop function if exists public.queue_whole_inbox_backfill(uuid, timestamptz);
drop function if exists nova.note_estimate(
  uuid, double precision, bigint, bigint, bigint, bigint, text, bigint, double precision[]);
drop function if exists nova.keep_samples(uuid, bigint[], bigint[], double precision[]);
drop function if exists nova.note_listed(
  bigint, boolean, bigint, bigint, bigint, bigint, timestamptz, boolean, double precision, double precision);
drop table if exists nova.backfill_traces;
drop table if exists nova.grant_paces;
drop table if exists nova.mail_samples;
drop table if exists nova.listed_windows;
