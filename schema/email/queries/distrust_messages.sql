-- Messages whose columns differ from what the provider says, whatever their hashes do. $1 inbox id, $2 text[] ids.
-- Returns: how many integer
select nova.distrust_messages($1::uuid, $2::text[])
