-- $1 text[] ids. Returns those that were there: id text
delete from public.messenger_failed_messages f where f.id = any ($1::text[]::uuid[]) returning f.id::text
