drop function if exists nova.why_absent(uuid, timestamptz);
drop function if exists nova.why_written(uuid, text), nova.why_listed(uuid, text), nova.why_notified(uuid, text);
drop function if exists nova.instant(bigint);
drop function if exists nova.note_decisions(
  uuid[], text[], bigint[], bigint[], text[], integer[], integer[], integer[], integer[]);
drop function if exists nova.note_arrivals(uuid[], text[], bigint[], bigint[], text[], integer[]);
drop function if exists nova.prune_mail_journal(interval, integer);
drop table if exists nova.mail_journal;
