-- Forgets what the journal of messages has kept for thirty days. Returns: how many bigint
select nova.prune_mail_journal()
