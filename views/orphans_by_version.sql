-- Grain: one row per row of clinical.orphans_in_batch, with its reason. A step of clinical.orphans, which says what counts. Reads
-- clinical.orphans_in_batch, store.patients, store.visits and store.diagnoses.
-- read_with is the table whose delivery says which of these rows count.
create or replace view clinical.orphans_by_version as
select
  c.source,
  c.child_table,
  c.parent_table,
  c.patient_id,
  c.visit_id,
  c.batch_date,
  case
    when case c.parent_table
      when 'patients' then exists (
        select
        -- Steps for Citus, here and below, as in latest_visits.
        from (
          with delivered as (
            select
              source,
              patient_id
            from store.patients
          )
          select * from delivered
        ) as p
        where p.source = c.source
          and p.patient_id = c.patient_id
      )
      when 'visits' then exists (
        select
        from (
          with delivered as (
            select
              source,
              patient_id,
              visit_id
            from store.visits
          )
          select * from delivered
        ) as v
        where v.source = c.source
          and v.patient_id = c.patient_id
          and v.visit_id = c.visit_id
      )
      else exists (
        select
        from (
          with delivered as (
            select
              source,
              patient_id,
              visit_id,
              diagnosis_no
            from store.diagnoses
          )
          select * from delivered
        ) as d
        where d.source = c.source
          and d.patient_id = c.patient_id
          and d.visit_id = c.visit_id
          and d.diagnosis_no = c.diagnosis_no
      )
    end then 'parent only in another batch'
    else 'no parent in any batch'
  end as reason,
  case c.parent_table when 'patients' then 'patients' else 'visits' end as read_with,
  true as is_versioned,
  c.rows
from clinical.orphans_in_batch as c;
