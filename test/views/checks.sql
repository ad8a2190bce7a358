-- Grain: one row per check that does not hold; no row means that the views read the scenarios right.
select
  check_name,
  expected,
  found
from (
  values
    (
      'current_patients: newest, whole list or first delivery; the newest link, never across sources',
      'ful P1 ful:P1 Casey New, ins P1 ins:P1 Ellis First, ins P2 ins:P2 Finley Second Day, '
        || 'two P1 two:P1 Avery Namesake, ups P1 person-2 Avery New, ups P2 ups:P2 Blake First Day',
      (
        select string_agg(concat_ws(' ', source, patient_id, person_id, name), ', ' order by source, patient_id)
        from clinical.current_patients
      )
    ),
    (
      'current_visits: moved, cancelled, come back, vanished, first delivery, one id under two patients of a batch',
      'ful V2 P1 2, ins V1 P1 1, two V1 P1 1, ups V1 P2 2, '
        || 'ups V3 P1 2, ups V4 P1 2, ups V5 P1 1, ups V6 P1 1, ups V6 P2 1',
      (
        select
          string_agg(
            concat_ws(' ', source, visit_id, patient_id, extract(day from batch_date)), ', '
            order by source, visit_id, patient_id
          )
        from clinical.current_visits
      )
    ),
    (
      'current_diagnoses: only those of the newest version of a current visit',
      'ful V2 1 new-1, ins V1 1 first-1, two V1 1 two-1, ups V1 1 new-1, ups V3 1 new-1, '
        || 'ups V4 1 new-1, ups V5 2 old-2',
      (
        select
          string_agg(
            concat_ws(' ', source, visit_id, diagnosis_no, diagnosis_code), ', '
            order by source, visit_id, diagnosis_no
          )
        from clinical.current_diagnoses
      )
    ),
    (
      'current_treatments: with their visit, else by their own key',
      'ful T2 new, ins T1 first, two T1 two, two V1/1/1 two, ups T1 new, ups T3 new, ups T4 nobody, '
        || 'ups V1/1/1 new, ups V4/1/1 new, ups V4/1/2 new, ups V5/1/1 kept',
      (
        select string_agg(concat_ws(' ', source, treatment_id, dose), ', ' order by source, treatment_id)
        from clinical.current_treatments
      )
    ),
    (
      'current_procedures: an empty newest list means that all are gone',
      'ins R1 first, two R1 two, ups R1 new, ups R5 kept, ups R8 new',
      (
        select string_agg(concat_ws(' ', source, procedure_id, procedure_code), ', ' order by source, procedure_id)
        from clinical.current_procedures
      )
    ),
    (
      'current_measurements: readings of two versions never mix; a late signal of a visit counts',
      'ful 9  0 41, ins 8  0 30, two 8  0 50, ups 8  0 70, ups 8 dev-2 0 80, ups 9  0 90',
      (
        select
          string_agg(
            concat_ws(
              ' ', source, extract(hour from measured_at at time zone 'UTC'), device_id, reading_no, value::integer
            ),
            ', ' order by source, measured_at, device_id, reading_no
          )
        from clinical.current_measurements
      )
    ),
    (
      'patient_snapshots: every delivered day, carried forward',
      'ful 1 P1 Casey Old 1, ful 1 P2 Drew Vanished 1, ful 2 P1 Casey New 2, ins 1 P1 Ellis First 1, '
        || 'ins 2 P1 Ellis First 1, ins 2 P2 Finley Second Day 2, two 1 P1 Avery Namesake 1, '
        || 'ups 1 P1 Avery Old 1, ups 1 P2 Blake First Day 1, ups 2 P1 Avery New 2, ups 2 P2 Blake First Day 1, '
        || 'ups 3 P1 Avery New 2, ups 3 P2 Blake First Day 1',
      (
        select
          string_agg(
            concat_ws(
              ' ', source, extract(day from snapshot_date), patient_id, name, extract(day from delivered_on)
            ),
            ', ' order by source, snapshot_date, patient_id
          )
        from clinical.patient_snapshots
      )
    ),
    (
      'patient_treatment_summary: current name, start or visit date, no name for an unknown patient',
      'two T1 Ibuprofen Avery Namesake, two V1/1/1 Metformin Avery Namesake 2023-05-01 two-1, '
        || 'ups T1 Ibuprofen Avery New, ups T3 Codeine Avery New 2023-05-01, ups T4 Codeine, '
        || 'ups V1/1/1 Metformin Blake First Day 2023-05-01 new-1, ups V4/1/1 Metformin Avery New 2023-05-01 new-1, '
        || 'ups V4/1/2 Metformin Avery New 2023-04-01 new-1, ups V5/1/1 Aspirin Avery New 2023-05-01',
      (
        select
          string_agg(
            concat_ws(' ', source, treatment_id, treatments_drug, name, prescribed_date, diagnosis_code), ', '
            order by source, treatment_id
          )
        from clinical.patient_treatment_summary
        where source in ('two', 'ups')
      )
    ),
    (
      'medicine_per_patient: one row per source, patient and drug',
      'ful P1 Ibuprofen 1, ins P1 Ibuprofen 1, two P1 Ibuprofen 1, '
        || 'two P1 Metformin 1 2023-05-01 2023-05-01, ups P1 Aspirin 1 2023-05-01 2023-05-01, '
        || 'ups P1 Codeine 1 2023-05-01 2023-05-01, ups P1 Ibuprofen 1, ups P1 Metformin 2 2023-04-01 2023-05-01, '
        || 'ups P2 Metformin 1 2023-05-01 2023-05-01, ups P9 Codeine 1',
      (
        select
          string_agg(
            concat_ws(' ', source, patient_id, drug, prescriptions, first_prescribed, last_prescribed), ', '
            order by source, patient_id, drug
          )
        from clinical.medicine_per_patient
      )
    ),
    (
      'source_freshness: also a source that published nothing',
      'ful 2023-05-02 2 14, ins 2023-05-02 2 14, new 0 0, two 2023-05-01 1 7, ups 2023-05-03 3 21',
      (
        select
          string_agg(
            concat_ws(' ', source, newest_batch_date, published_batches, newest_batch_rows), ', '
            order by source
          )
        from clinical.source_freshness
        where days_since_newest_batch is not distinct from current_date - newest_batch_date
      )
    )
) as checks (check_name, expected, found)
where expected is distinct from found;
