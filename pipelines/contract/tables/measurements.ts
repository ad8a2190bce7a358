import { decimal, id, integer, recordStatus, text, timestamp } from '../columns.ts'
import type { Contract } from '../contract.ts'

/** Contract of `store.measurements`: one row is one reading. */
export const measurements = {
  table: 'measurements',
  grain: 'one reading',
  key: ['patient_id', 'measured_at', 'type', 'device_id', 'reading_no'],
  references: [
    { table: 'patients', columns: ['patient_id'], versioned: false },
    { table: 'visits', columns: ['patient_id', 'visit_id'], versioned: false },
  ],
  shape: {
    patient_id: id({ phi: 'direct', description: 'Identifier of the patient in this source.' }),
    measured_at: timestamp({ phi: 'quasi', description: 'When it was measured, UTC.' }),
    type: text({ phi: 'none', description: 'What was measured, such as heart_rate.', maxLength: 64, identifies: true }),
    device_id: text({
      phi: 'quasi',
      description: 'The device, or the empty string where it is unknown.',
      maxLength: 255,
      identifies: true,
    }),
    reading_no: integer(
      { phi: 'none', description: '0, 1, ... for several values of one device at one moment.' },
      { min: 0 },
    ),
    value: decimal(18, 6, { phi: 'quasi', description: 'The value in the canonical unit of the type.' }).nullable(),
    value_text: text({ phi: 'quasi', description: 'The value where it is not a number.' }).nullable(),
    unit: text({ phi: 'none', description: 'The canonical unit of the type.', maxLength: 64 }).nullable(),
    visit_id: id({ phi: 'quasi', description: 'The visit it belongs to.' }).nullable(),
    record_status: recordStatus(),
  },
} as const satisfies Contract
