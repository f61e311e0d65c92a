-- Takes an inbox out of service; its mail stays. $1 inbox id
update public.flux_inboxes
   set status = 'removed', status_reason = 'removed by an operator', status_changed_at = now(), updated_at = now()
 where id = $1::uuid and status <> 'removed'
