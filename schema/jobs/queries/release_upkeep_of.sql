-- $1 text[] workers that are dead. Returns how many tasks they had bigint
select nova.release_upkeep_of($1::text[])
