drop index if exists public.flux_email_messages_attached, public.flux_email_messages_id,
  public.flux_email_threads_starred, public.flux_email_threads_unread;
do $$
declare
  v_table text;
begin
  foreach v_table in array array['flux_inboxes', 'flux_email_folders', 'flux_email_threads', 'flux_email_messages',
      'flux_email_attachments', 'flux_inbox_configurations', 'inbox_sync_stats', 'backfill_windows',
      'backfill_estimates', 'sync_progress'] loop
    continue when to_regclass('public.' || v_table) is null;
    if v_table <> 'sync_progress' then
      execute format('drop policy if exists nova_readers on public.%I', v_table);
    end if;
    if to_regrole('authenticated') is not null then
      execute format('revoke select on public.%I from authenticated', v_table);
    end if;
    delete from nova.rights where grantee = 'authenticated' and relation = 'public.' || v_table;
  end loop;
end
$$;
delete from nova.rights where relation in ('nova.own_inboxes()', 'nova.own_backfills()');
drop function if exists nova.readable_inboxes(uuid);
drop function if exists nova.sees_all_mail();
drop function if exists nova.own_backfills();
drop function if exists nova.own_inboxes();
drop function if exists nova.caller_tenant();
do $$
begin
  -- The assistant wants them too.
  if to_regclass('nova.caller') is null and to_regprocedure('nova.drop_api_roles()') is not null then
    perform nova.drop_api_roles();
  end if;
end
$$;
