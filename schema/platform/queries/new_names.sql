-- Which of these names there are not yet. $1 text names, an array as SQL writes it. Returns: name text
select t.name from nova.new_names(variadic $1::text::text[]) t (name)
