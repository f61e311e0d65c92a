drop function if exists nova.end_own_pages(uuid, text, bigint);
drop function if exists nova.own_days(bigint);
drop function if exists nova.has_own_pages(uuid);
drop trigger if exists forget_listed_days on public.backfill_windows;
drop function if exists nova.forget_listed_days();
drop function if exists nova.note_listed_days(bigint, date[], bigint[], bytea[], bytea[]);
drop table if exists nova.backfill_days;
