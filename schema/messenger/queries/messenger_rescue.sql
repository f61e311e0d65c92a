-- $1 text[] workers that are dead. Takes back their claims and those that ran out.
-- Returns: id bigint, released or failed (text)
select r.id, r.outcome from public.messenger_rescue($1::text[]) r
