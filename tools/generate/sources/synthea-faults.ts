import type { EventOutcome } from '../event-outcome.ts'
import { type Fault, inputName } from '../fault.ts'

/** A record of a Synthea export, by column name. */
export type Export = Readonly<Record<string, string>>

const tooWide = (input: string): Fault<Export> => ({
  name: `${input}_with_a_field_too_many`,
  table: inputName(input),
  column: null,
  rule: 'columns',
  break: record => ({ ...record, more: 'one too many' }),
})

const changed = (
  name: string,
  table: string,
  column: string | null,
  rule: string,
  change: Export | ((record: Export) => Export),
): Fault<Export> => ({
  name,
  table,
  column,
  rule,
  break: record => ({ ...record, ...(typeof change === 'function' ? change(record) : change) }),
})

const endsTooEarly = { STOP: '1999-01-01T12:00:00Z' }

/** The faults of the records of each file. */
export const syntheaFaults = {
  patients: [
    changed('birth_date_of_no_calendar', 'patients', 'birth_date', 'cast', { BIRTHDATE: '1983-02-29' }),
    changed('gender_of_no_list', 'patients', 'gender', 'one_of', { GENDER: '?' }),
    changed('patient_without_id', 'patients', 'patient_id', 'required', { Id: '' }),
    changed('dead_before_born', 'patients', null, 'death_before_birth', { DEATHDATE: '1901-01-01' }),
    changed('two_birth_dates', 'patients', null, 'conflict', ({ BIRTHDATE }) => ({
      BIRTHDATE: BIRTHDATE === '1980-01-01' ? '1980-01-02' : '1980-01-01',
    })),
    tooWide('patients'),
  ],
  encounters: [
    changed('encounter_start_in_words', 'visits', 'visit_date', 'pattern', { START: 'yesterday' }),
    changed('encounter_class_of_no_list', 'visits', 'visit_type', 'one_of', { ENCOUNTERCLASS: 'seance' }),
    {
      ...changed('encounter_ends_before_it_starts', 'visits', null, 'discharged_at_before_admitted_at', endsTooEarly),
      drops: ['discharged_at', 'discharged_on'],
    },
    tooWide('encounters'),
  ],
  conditions: [
    changed('condition_code_too_long', 'diagnoses', 'diagnosis_code', 'length', { CODE: '4'.repeat(256) }),
    tooWide('conditions'),
  ],
  medications: [
    changed('medication_start_in_words', 'treatments', 'started_on', 'pattern', { START: 'yesterday' }),
    {
      ...changed('medication_ends_before_it_starts', 'treatments', null, 'ended_before_started', endsTooEarly),
      drops: ['ended_on'],
    },
    tooWide('medications'),
  ],
  observations: [
    changed('observation_in_words', 'measurements', 'value', 'pattern', { VALUE: 'high' }),
    changed('observation_date_in_words', 'measurements', 'measured_at', 'pattern', { DATE: 'yesterday' }),
    tooWide('observations'),
  ],
  procedures: [
    changed('procedure_start_in_words', 'procedures', 'performed_at', 'pattern', { START: 'yesterday' }),
    tooWide('procedures'),
  ],
  allergies: [
    changed('allergy_of_nobody', 'allergies', null, 'reference', { PATIENT: 'nobody' }),
    tooWide('allergies'),
  ],
  devices: [
    changed('device_without_identifier', 'devices', 'device_id', 'required', { UDI: '' }),
    changed('device_use_in_words', 'devices', 'in_use_since', 'pattern', { START: 'always' }),
    tooWide('devices'),
  ],
} as const satisfies Readonly<Record<string, readonly Fault<Export>[]>>

/** A file of the export, without `.csv`. */
export type SyntheaFile = keyof typeof syntheaFaults

/** How a patient or an encounter with this fault ends. */
export function outcomeAfter(fault: Fault<Export> | undefined): EventOutcome {
  if (fault === undefined || fault.drops !== undefined) return 'loaded'
  return fault.rule === 'columns' || fault.column === 'patient_id' ? 'absent' : 'quarantined'
}
