-- Grain: one row per type of laboratory value that a score reads and unit (in lower case) in which it can be read: value *
-- factor is the value in the canonical unit of docs/measurements.md. Reads nothing. A unit that is not listed cannot be
-- converted.
-- One mmol of the haemoglobin monomer is 16.114 g, so 1 mmol/L is 1.6114 g/dL (ICSH reference method, J Clin Pathol
-- 1996;49:271; molar mass 16,114 g/mol). Sodium has one charge, so its equivalents are its moles.
create or replace view clinical.lab_units as
select
  u.type,
  u.unit,
  u.factor
from (
  values
    ('hemoglobin', 'g/dl', 1),
    ('hemoglobin', 'gm/dl', 1),
    ('hemoglobin', 'g/100ml', 1),
    ('hemoglobin', 'g/l', 0.1),
    ('hemoglobin', 'mmol/l', 1.6114),
    ('sodium', 'mmol/l', 1),
    ('sodium', 'meq/l', 1)
) as u (type, unit, factor);
