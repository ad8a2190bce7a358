import type { Session } from '../../pipelines/platform/postgres.ts'

/** A reading of patient P unless said otherwise; text is the value where it is no number. */
export interface Reading {
  readonly type: string
  readonly value: number | string
  readonly unit?: string | null
  /** UTC, default 08:00 on 30 June 2023. */
  readonly at?: string
  readonly device?: string
  readonly patient?: string
  readonly status?: string
}

const units: Readonly<Record<string, string>> = {
  ...{ respiratory_rate: '/min', heart_rate: '/min', spo2: '%', systolic: 'mmHg', temperature: 'Cel', oxygen: 'L/min' },
}

/** Adds readings to the store, as if published. */
export async function addReadings(session: Session, readings: readonly Reading[]): Promise<void> {
  const rows = readings.map(({ type, value, unit, at, device, patient, status }) => ({
    patient: patient ?? 'P',
    at: at ?? '2023-06-30 08:00Z',
    type,
    device: device ?? '',
    number: typeof value === 'number' ? value : null,
    text: typeof value === 'string' ? value : null,
    unit: unit === undefined ? (units[type] ?? null) : unit,
    status: status ?? 'active',
  }))
  await session.query(
    `insert into store.measurements (source, batch_date, patient_id, measured_at, type, device_id, reading_no, value,
       value_text, unit, record_status)
     select 'a', '2023-06-30', patient, at, type, device, 0, number, text, unit, status
     from json_to_recordset($1) as r (patient text, at timestamptz, type text, device text, number numeric, text text,
       unit text, status text)`,
    [JSON.stringify(rows)],
  )
}

/** Each 0 points. */
export const well: readonly Reading[] = [
  { type: 'respiratory_rate', value: 16 },
  { type: 'spo2', value: 97 },
  { type: 'oxygen', value: 0 },
  { type: 'systolic', value: 120 },
  { type: 'heart_rate', value: 70 },
  { type: 'consciousness', value: 'A' },
  { type: 'temperature', value: 37 },
]

/** As {@link well}, with these in place of those of their types. */
export const wellBut = (...changed: readonly Reading[]): readonly Reading[] => [
  ...well.filter(reading => !changed.some(other => other.type === reading.type)),
  ...changed,
]

/** The chart of the Royal College of Physicians (2017), SpO2 scale 1: the values at both ends of each of its boxes. */
export const chart: Readonly<Record<string, readonly (readonly [value: number | string, points: number])[]>> = {
  respiratory_rate: [
    [8, 3],
    [9, 1],
    [11, 1],
    [12, 0],
    [20, 0],
    [21, 2],
    [24, 2],
    [25, 3],
  ],
  spo2: [
    [91, 3],
    [92, 2],
    [93, 2],
    [94, 1],
    [95, 1],
    [96, 0],
    [100, 0],
  ],
  oxygen: [
    [0, 0],
    [0.5, 2],
    [15, 2],
    ['air', 0],
    ['oxygen', 2],
  ],
  systolic: [
    [90, 3],
    [91, 2],
    [100, 2],
    [101, 1],
    [110, 1],
    [111, 0],
    [219, 0],
    [220, 3],
  ],
  heart_rate: [
    [40, 3],
    [41, 1],
    [50, 1],
    [51, 0],
    [90, 0],
    [91, 1],
    [110, 1],
    [111, 2],
    [130, 2],
    [131, 3],
  ],
  consciousness: [
    ['A', 0],
    ['C', 3],
    ['V', 3],
    ['P', 3],
    ['U', 3],
  ],
  temperature: [
    [35, 3],
    [35.1, 1],
    [36, 1],
    [36.1, 0],
    [38, 0],
    [38.1, 1],
    [39, 1],
    [39.1, 2],
  ],
}
