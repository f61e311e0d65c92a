-- Restricted: it fails while another migration's objects are in it. The history table is the migrator's own and stays.
drop function if exists nova.mark_names();
drop function if exists nova.expect_names(text[]);
drop function if exists nova.refuse_names(text[]);
drop function if exists nova.new_names(text[]);
drop function if exists nova.adopted_names(text[]);
drop function if exists nova.taken_names(text[]);
drop function if exists nova.browsers();
drop function if exists nova.role_to_make(text);
drop function if exists nova.whose(text, oid);
drop function if exists nova.is_foreign(text);
drop function if exists nova.is_marked(oid);
drop function if exists nova.expect_equal_lengths(integer[]);
drop function if exists nova.expect_lease(interval);
do $$
begin
  if not exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                  where n.nspname = 'nova') then
    drop schema if exists nova restrict;
  end if;
end
$$;
