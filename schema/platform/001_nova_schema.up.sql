-- The schema that holds what is Nova's own business; tables that users query are in public.
create schema if not exists nova;
comment on schema nova is 'Functions and tables that only Nova itself uses.';
