do $$
begin
  if to_regprocedure('nova.mail_after_restore()') is null then
    raise exception 'function nova.mail_after_restore() is missing';
  end if;
end
$$;
