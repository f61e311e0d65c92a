-- Takes back what is due and says what holds now. Returns: key text, value text
with reverted as materialized (select count(*) as n from nova.revert_due_settings())
select s.key,
       case when s.revert_at <= clock_timestamp() then coalesce(s.revert_to #>> '{}', '') else s.value #>> '{}' end
  from nova.settings s, reverted where reverted.n >= 0
 order by 1 limit 1000
