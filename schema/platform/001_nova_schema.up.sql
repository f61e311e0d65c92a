-- The schema that holds what is Nova's own business; tables that users query are in public.
create schema if not exists nova;
comment on schema nova is 'Functions and tables that only Nova itself uses.';

create or replace function nova.expect_equal_lengths(variadic p_lengths integer[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  for i in 2..cardinality(p_lengths) loop
    if p_lengths[i] is distinct from p_lengths[1] then
      raise exception 'the arrays have % elements: the same number is needed', array_to_string(p_lengths, ', ', 'no')
        using errcode = '22023', hint = 'What belongs together, such as an id and its token, has the same place in each array.';
    end if;
  end loop;
end
$$;
comment on function nova.expect_equal_lengths(integer[]) is
  'Refuses (22023) arrays that are given side by side and are not of one length; null is an array that is missing.';

create or replace function nova.expect_lease(p_lease interval) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if p_lease is null or p_lease <= '0' then
    raise exception 'a lease is above zero, not %', coalesce(p_lease::text, 'null') using errcode = '22023',
      hint = 'What is taken for ever is never given back when its worker ends.';
  end if;
end
$$;
comment on function nova.expect_lease(interval) is 'Refuses (22023) a lease that never ends, or that has ended.';
revoke all on function nova.expect_equal_lengths(integer[]), nova.expect_lease(interval) from public;
