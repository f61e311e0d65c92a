-- What stands in the way of names, and whose it is. $1 text names, an array as SQL writes it. Returns: what text
select t.what from nova.taken_names(variadic $1::text::text[]) t (what)
