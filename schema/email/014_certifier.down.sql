drop trigger if exists certify_soon on public.flux_inboxes;
drop function if exists nova.certify_soon_trigger(), nova.certify_soon(uuid);
drop function if exists nova.distrust_messages(uuid, text[]);
drop function if exists nova.note_not_listed(uuid, text[], bigint, bigint);
drop function if exists nova.certify_again(uuid, date, date);
drop function if exists nova.end_certification(uuid, text, bigint, bigint);
drop function if exists nova.fail_certification(uuid, text, bigint, text, boolean);
drop function if exists nova.keep_certification(uuid, text, bigint, bigint, text);
drop function if exists nova.claim_certifications(integer, text, uuid[]);
drop function if exists nova.days_to_list(uuid, date, date);
drop function if exists nova.certification_period(text), nova.certification_days(uuid, text);
drop function if exists nova.whole_day(timestamptz), nova.plan_certifications(), nova.note_verified(bigint);
drop table if exists nova.mail_certifications;
alter table public.flux_inboxes
  drop column if exists swept_until, drop column if exists sweep_token, drop column if exists sweep_cursor,
  drop column if exists sweep_from, drop column if exists sweep_began_at;
