-- For the rest of the transaction: who only looks does not wait behind others for long. Returns: text
select pg_catalog.set_config('lock_timeout', '400', true) || pg_catalog.set_config('statement_timeout', '2000', true)
