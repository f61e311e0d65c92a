-- Returns: key text, digest text, bytes bigint, row text as JSON; of a count the newest, empty, the rows, those
-- without a key
fetch all from nova_page
