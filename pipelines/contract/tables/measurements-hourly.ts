import { bigint, decimal, id, text, timestamp } from '../columns.ts'
import type { Contract } from '../contract.ts'

/** Contract of `store.measurements_hourly`: one row is one hour of readings of one patient, type and unit in one batch: partial aggregates. */
export const measurementsHourly = {
  table: 'measurements_hourly',
  grain: 'one hour of readings of one patient, type and unit in one batch: partial aggregates',
  key: ['patient_id', 'hour', 'type', 'unit'],
  references: [{ table: 'patients', columns: ['patient_id'], versioned: false }],
  shape: {
    patient_id: id({ phi: 'direct', description: 'Identifier of the patient in this source.' }),
    hour: timestamp({ phi: 'quasi', description: 'Start of the hour, UTC.' }),
    type: text({ phi: 'none', description: 'What was measured.', maxLength: 64, identifies: true }),
    unit: text({ phi: 'none', description: 'The canonical unit of the type.', maxLength: 64 }),
    count: bigint({ phi: 'none', description: 'Number of readings.' }, { min: 0 }),
    sum: decimal(38, 6, { phi: 'none', description: 'Sum of the values.' }).nullable(),
    min: decimal(18, 6, { phi: 'none', description: 'Smallest value.' }).nullable(),
    max: decimal(18, 6, { phi: 'none', description: 'Largest value.' }).nullable(),
  },
} as const satisfies Contract
