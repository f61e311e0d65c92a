-- For the rest of the transaction statements may take as long as they need. Returns: text
select pg_catalog.set_config('statement_timeout', '0', true)
