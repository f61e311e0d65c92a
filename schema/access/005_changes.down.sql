do $$
declare
  v_table text;
begin
  foreach v_table in array array['public.flux_email_messages', 'public.flux_email_threads',
      'public.flux_email_folders', 'public.flux_inbox_configurations', 'public.flux_inboxes',
      'nova.mail_certificate_events'] loop
    continue when to_regclass(v_table) is null;
    execute format('drop trigger if exists nova_gap on %s', v_table);
    execute format('drop trigger if exists nova_hint on %s', v_table);
    execute format('drop trigger if exists nova_changed on %s', v_table);
    if v_table not in ('public.flux_email_messages', 'public.flux_inboxes') then
      execute format('alter table %s drop column if exists changed_in', v_table);
    end if;
  end loop;
end
$$;
drop function if exists public.mail_changes(text, uuid, integer);
drop function if exists nova.publish_mail(boolean);
drop function if exists nova.changes(text, integer, uuid);
drop function if exists nova.changes_of(text, integer, uuid[]);
drop function if exists nova.lost_track(text, xid8, xid8, uuid[]);
drop function if exists nova.read_position(text, xid8);
drop function if exists nova.change_bound(xid8, xid8, integer);
drop function if exists nova.changed_rows(integer, xid8, xid8, uuid[]);
drop function if exists nova.change_epoch();
drop function if exists nova.await_changes(text, interval);
drop function if exists nova.hint_change();
drop function if exists nova.note_lost_inbox();
drop function if exists nova.note_gap();
drop function if exists nova.note_change();
drop table if exists nova.change_listeners, nova.change_gaps;
delete from nova.rights where relation = 'public.mail_changes(text,uuid,integer)';
