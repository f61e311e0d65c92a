do $$
begin
  if to_regnamespace('nova') is not null then
    drop function if exists nova.messenger_mark_alone(bigint, bigint);
    drop function if exists nova.messenger_next_slot();
    drop function if exists nova.messenger_next_due();
    drop function if exists nova.messenger_ages();
    drop function if exists nova.messenger_due();
  end if;
end
$$;
