-- What source_return is to put back: $1 text, a JSON object with queue and messages, an array of {id, message}
select set_config('nova.adopt_return', $1::text, true)
