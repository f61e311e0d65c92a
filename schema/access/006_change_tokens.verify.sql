do $$
begin
  if to_regprocedure('public.mail_change_token(text,text,interval)') is null
     or to_regprocedure('nova.check_change_token(bytea)') is null or to_regclass('nova.change_tokens') is null then
    raise exception 'function mail_change_token, nova.check_change_token or table nova.change_tokens is missing';
  end if;
end
$$;
