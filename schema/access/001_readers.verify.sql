do $$
declare
  v_name text;
begin
  foreach v_name in array array['nova.caller_tenant()', 'nova.own_inboxes()', 'nova.own_backfills()',
      'nova.sees_all_mail()', 'nova.readable_inboxes(uuid)'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
  if (select count(*) from pg_policy p where p.polname = 'nova_readers') < 9 then
    raise exception 'a policy nova_readers is missing';
  end if;
  foreach v_name in array array['flux_email_threads_unread', 'flux_email_threads_starred', 'flux_email_messages_id',
      'flux_email_messages_attached'] loop
    if to_regclass('public.' || v_name) is null then
      raise exception 'index % is missing', v_name;
    end if;
  end loop;
end
$$;
