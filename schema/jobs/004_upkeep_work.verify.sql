do $$
declare
  v_name text;
begin
  if to_regclass('nova.upkeep_exports') is null then
    raise exception 'nova.upkeep_exports is missing';
  end if;
  foreach v_name in array array['nova.expect_upkeep_target(text, text)',
      'nova.expect_visible(regclass[])',
      'nova.sources_of_view(text)',
      'nova.state_of_sources(text)',
      'nova.refresh_view(text)',
      'nova.analyze_table(text)',
      'nova.vacuum_statement(text)',
      'nova.archive_conversations(interval, integer)',
      'nova.retain_rows(text, interval, integer)',
      'nova.upkeep_due()',
      'nova.run_upkeep(text)',
      'nova.enable_upkeep(text, boolean)'] loop
    if to_regprocedure(v_name) is null then
      raise exception 'function % is missing', v_name;
    end if;
  end loop;
end
$$;
