-- Everybody has what they are to have of all that is there; nothing, where the caller does not own it.
do $$
begin
  if has_function_privilege(to_regprocedure('nova.set_rights()'), 'execute') then
    perform nova.set_rights();
  end if;
end
$$
