-- What source_page_open is to look at: $1 text, a JSON object. In a zone of ours, so that a row has one digest.
select set_config('nova.adopt_page', $1::text, true), set_config('timezone', 'UTC', true)
