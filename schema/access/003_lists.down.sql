do $$
begin
  if to_regclass('public.flux_email_threads') is not null then
    drop function if exists public.thread_messages(public.flux_email_threads);
    drop function if exists public.message_thread(public.flux_email_messages);
  end if;
end
$$;
drop function if exists public.mail_counts(uuid, integer);
drop function if exists public.mail_messages(uuid, boolean, timestamptz, uuid, integer);
drop function if exists public.mail_thread_messages(uuid, timestamptz, uuid, integer);
drop function if exists public.mail_threads(uuid, text, boolean, boolean, text, timestamptz, uuid, integer);
drop function if exists nova.rarest_label(uuid[], text[]);
drop function if exists nova.count_label(uuid, text, integer);
delete from nova.rights
 where relation ~ '^public[.](mail_(threads|thread_messages|messages|counts)|thread_messages|message_thread)[(]';
