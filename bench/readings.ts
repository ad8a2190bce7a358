import { once } from 'node:events'
import { createWriteStream } from 'node:fs'

const types = [
  { type: 'heart_rate', unit: '/min', low: 45, span: 90, decimals: 0 },
  { type: 'spo2', unit: '%', low: 85, span: 15, decimals: 0 },
  { type: 'temperature', unit: 'Cel', low: 35, span: 5, decimals: 1 },
  { type: 'respiratory_rate', unit: '/min', low: 8, span: 25, decimals: 0 },
  { type: 'glucose', unit: 'mg/dL', low: 60, span: 200, decimals: 2 },
] as const

/**
 * Writes a CSV of readings: one value per minute, type and patient of a day, in the order in which monitors deliver
 * them.
 *
 * @param rows number of rows; 5,000,000 are about 350 MB
 */
export async function writeReadings(path: string, rows: number): Promise<void> {
  const file = createWriteStream(path, { highWaterMark: 1 << 22 })
  file.write('patient_id,measured_at,type,device_id,reading_no,value,unit\n')
  const patients = Math.ceil(rows / (1440 * types.length))
  // A linear congruential generator (Numerical Recipes): the same rows on every machine.
  let state = 20230501
  let lines: string[] = []
  for (let row = 0; row < rows; row++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const reading = types[row % types.length] ?? types[0]
    const patient = Math.floor(row / types.length) % patients
    const minute = Math.floor(row / (types.length * patients))
    const value = (reading.low + (state / 2 ** 32) * reading.span).toFixed(reading.decimals)
    const time = `${pad(Math.floor(minute / 60))}:${pad(minute % 60)}`
    lines.push(
      `P-${String(patient).padStart(7, '0')},2023-05-01T${time}:00Z,${reading.type},monitor-${patient % 997},0,${value},${reading.unit}\n`,
    )
    if (lines.length === 50_000) {
      if (!file.write(lines.join(''))) await once(file, 'drain')
      lines = []
    }
  }
  file.end(lines.join(''))
  await once(file, 'close')
}

const pad = (part: number): string => String(part).padStart(2, '0')
