-- Why a batch is pinned, for a person: `dismissed by jane@ward-1 on 2023-05-09: no delivery on a holiday`. The reason of a
-- rollback says itself what happened. Without a search_path of its own, as batch_key.
create or replace function caseload.pin_reason(p_kind text, p_reason text, p_by text, p_at timestamptz)
returns text
language sql
stable
return
  case
    when p_kind = 'rolled_back' then p_reason
    else p_kind || coalesce(' by ' || p_by, '')
      || ' on ' || to_char(p_at at time zone 'UTC', 'YYYY-MM-DD')
      || ': ' || p_reason
  end;
