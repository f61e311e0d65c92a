-- Forgets bytes that no attachment names. Returns: how many bigint
select nova.sweep_attachment_contents()
