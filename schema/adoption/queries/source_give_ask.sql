-- What source_give is to write: $1 text, a JSON object with schema, table, key (the column of the notification's id),
-- queue, and rows, an array of {columns: {…}, message: {…}}
select set_config('nova.adopt_give', $1::text, true)
