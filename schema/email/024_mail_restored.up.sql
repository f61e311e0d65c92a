-- What mail needs after a restore: see nova.after_restore().

create or replace function nova.mail_after_restore() returns table (step text, rows bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_count bigint;
begin
  -- The numbers of transactions are another server's.
  insert into nova.email_search_progress default values on conflict do nothing;
  insert into nova.attachment_progress default values on conflict do nothing;
  perform nova.begin_search_pass('0', '18446744073709551615');
  select count(*) into v_count from public.flux_email_messages;
  return query select 'messages to be made searchable', v_count;
  -- What Nylas told of after the restored moment is not told again: a sweep lists what changed since the last one, and
  -- the certifier compares the days.
  update public.flux_inboxes
     set last_swept_at = null, sweep_claimed_until = null, sweep_token = sweep_token + 1000000;
  get diagnostics v_count = row_count;
  return query select 'inboxes to be swept', v_count;
  update nova.mail_certifications
     set due_at = case when scope in ('recent', 'month') then now() else due_at end, failures = 0, claimed_until = null,
         token = token + 1000000;
  get diagnostics v_count = row_count;
  return query select 'ranges of days to be compared again', v_count;
end
$$;
comment on function nova.mail_after_restore() is
  'Has all mail made searchable again, every inbox swept and its recent days compared: a part of nova.after_restore().';
revoke all on function nova.mail_after_restore() from public;
