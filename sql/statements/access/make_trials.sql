-- Makes the function, for this session alone, that tries what a role may do. It becomes the role and executes statements that would
-- change nothing; each ends in an error that rolls back what it did and gives back its locks.
create function pg_temp.caseload_trial(p_role text, p_statements text[])
returns boolean[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  answers boolean[] := '{}';
  statement text;
  answer boolean;
begin
  foreach statement in array p_statements loop
    begin
      perform set_config('role', p_role, true);
      execute statement;
      raise exception using errcode = 'CL005';
    exception
      when sqlstate 'CL005' then
        answer := true;
      when insufficient_privilege then
        answer := false;
      when object_not_in_prerequisite_state or feature_not_supported or wrong_object_type then
        -- A view that takes no rows.
        answer := false;
    end;
    answers := answers || answer;
  end loop;
  return answers;
end
$$;

-- Makes the function, for this session alone, that says of each relation whether a role sees any row in it.
create function pg_temp.caseload_sees(p_role text, p_relations text[])
returns boolean[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  answers boolean[] := '{}';
  relation text;
  answer boolean;
begin
  foreach relation in array p_relations loop
    begin
      perform set_config('role', p_role, true);
      execute format('select exists (select from %s)', relation) into answer;
      raise exception using errcode = 'CL005';
    exception
      when sqlstate 'CL005' then
        answers := answers || answer;
      when insufficient_privilege then
        answers := answers || false;
    end;
  end loop;
  return answers;
end
$$
