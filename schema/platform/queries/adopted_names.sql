-- What of these names is somebody else's and is used as it is. $1 text names, an array as SQL writes it.
-- Returns: what text
select t.what from nova.adopted_names(variadic $1::text::text[]) t (what)
