-- Why a batch is pinned, for a person: `dismissed by jane@ward-1 on 2023-05-09: no delivery on a holiday`. The reason of a
-- rollback says itself what happened.
create or replace function caseload.pin_reason(p_kind text, p_reason text, p_by text, p_at timestamptz)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select
    case
      when p_kind = 'rolled_back' then p_reason
      else p_kind || coalesce(' by ' || p_by, '')
        || ' on ' || to_char(p_at at time zone 'UTC', 'YYYY-MM-DD')
        || ': ' || p_reason
    end
$$;
