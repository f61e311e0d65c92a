-- For the rest of the transaction: what is read and written as text means one thing. $1 text[] names of settings of
-- ours, $2 text[] their values
select set_config(s.name, s.value, true)
  from (values ('datestyle', 'ISO, YMD'), ('timezone', 'UTC'), ('intervalstyle', 'postgres'), ('bytea_output', 'hex'),
               ('extra_float_digits', '1'), ('client_encoding', 'UTF8')) s (name, value)
union all
select set_config('nova.' || s.name, s.value, true) from unnest($1::text[], $2::text[]) s (name, value)
