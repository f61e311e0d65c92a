do $$
declare
  v_name text;
begin
  foreach v_name in array array['public.mail_changes(text,uuid,integer)', 'nova.changes(text,integer,uuid)',
      'nova.changes_of(text,integer,uuid[])', 'nova.await_changes(text,interval)', 'nova.publish_mail(boolean)'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
  if (select count(*) from pg_trigger t where t.tgname in ('nova_changed', 'nova_gap', 'nova_hint')) < 13 then
    raise exception 'a trigger nova_changed, nova_gap or nova_hint is missing';
  elsif to_regclass('nova.change_gaps') is null or to_regclass('nova.change_listeners') is null then
    raise exception 'table nova.change_gaps or nova.change_listeners is missing';
  end if;
end
$$;
