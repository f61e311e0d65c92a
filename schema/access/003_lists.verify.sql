do $$
declare
  v_name text;
begin
  foreach v_name in array array['public.mail_threads(uuid,text,boolean,boolean,text,timestamptz,uuid,integer)',
      'public.mail_thread_messages(uuid,timestamptz,uuid,integer)',
      'public.mail_messages(uuid,boolean,timestamptz,uuid,integer)', 'public.mail_counts(uuid,integer)',
      'public.thread_messages(public.flux_email_threads)', 'public.message_thread(public.flux_email_messages)',
      'nova.count_label(uuid,text,integer)', 'nova.rarest_label(uuid[],text[])'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
end
$$;
