-- How a claim is divided among backfills.
set client_min_messages = warning;
select plan(6);

select is(nova.fair_shares('{0, 2}', '{10, 10}', 6), '{4, 2}', 'who has least under way is served first');
select is(nova.fair_shares('{50, 0}', '{10, 10}', 5), '{0, 5}', 'who has more than the others will have gets none');
select is(nova.fair_shares('{0, 0}', '{1, 100}', 10), '{1, 9}', 'what one has not to do others get');
select is(nova.fair_shares('{0, 0}', '{5, 5}', 3), '{2, 1}', 'what cannot be divided goes to the first');
select is(nova.fair_shares('{3, 3, 0}', '{5, 5, 1}', 3), '{1, 1, 1}', 'which may be more than one');
select is(nova.fair_shares('{0, 7}', '{3, 2}', 100), '{3, 2}', 'nobody gets more than there is to do');

select * from finish();
