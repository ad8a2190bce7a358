import { once } from 'node:events'
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs'
import { join } from 'node:path'

/** A day of intensive care. */
export interface SignalDay {
  /** Each bed has one value per minute of five parameters: 7,200 rows. */
  readonly beds: number
  /** Number of rows that are repeated with another value: two readings of one minute. */
  readonly repeated: number
}

const parameters = [
  { name: 'heart_rate', unit: '/min', low: 45, span: 90 },
  { name: 'systolic', unit: 'mmHg', low: 90, span: 80 },
  { name: 'diastolic', unit: 'mmHg', low: 45, span: 40 },
  { name: 'spo2', unit: '%', low: 85, span: 15 },
  { name: 'respiratory_rate', unit: '/min', low: 8, span: 25 },
] as const

/**
 * Writes admission.csv, age.csv and signal.csv of 2023-05-01, minute by minute as monitors deliver them, and the same
 * readings as rows of their table. With 2,000 beds signal.csv has 14,400,000 rows and 620 MB.
 *
 * @param folder of the batch; created if it does not exist
 * @param cleanPath of the CSV with the rows of the table
 * @returns rows of signal.csv
 */
export async function writeSignals(folder: string, cleanPath: string, day: SignalDay): Promise<number> {
  mkdirSync(folder, { recursive: true })
  await writeStays(folder, day.beds)
  const raw = createWriteStream(join(folder, 'signal.csv'), { highWaterMark: 1 << 22 })
  const clean = createWriteStream(cleanPath, { highWaterMark: 1 << 22 })
  raw.write('patient_id,measured_at,parameter,value\n')
  clean.write('patient_id,measured_at,type,device_id,reading_no,value,unit\n')
  const distance = day.repeated === 0 ? Infinity : Math.floor((day.beds * 7200) / day.repeated)
  // A linear congruential generator (Numerical Recipes): the same rows on every machine.
  let state = 20230501
  let rows = 0
  for (let minute = 0; minute < 1440; minute++) {
    const time = `2023-05-01T${pad(Math.floor(minute / 60))}:${pad(minute % 60)}:00Z`
    let rawLines = ''
    let cleanLines = ''
    for (let bed = 0; bed < day.beds; bed++) {
      for (const { name, unit, low, span } of parameters) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        const value = Math.floor(low + (state / 2 ** 32) * span)
        rawLines += `${bedName(bed)},${time},${name},${value}\n`
        cleanLines += `${bedName(bed)},${time},${name},,0,${value},${unit}\n`
        if (++rows % distance !== 0) continue
        rawLines += `${bedName(bed)},${time},${name},${value + 1}\n`
        cleanLines += `${bedName(bed)},${time},${name},,1,${value + 1},${unit}\n`
      }
    }
    await write(raw, rawLines)
    await write(clean, cleanLines)
  }
  await Promise.all([end(raw), end(clean)])
  return rows + (day.repeated === 0 ? 0 : Math.floor(rows / distance))
}

async function writeStays(folder: string, beds: number): Promise<void> {
  const ages = createWriteStream(join(folder, 'age.csv'))
  const admissions = createWriteStream(join(folder, 'admission.csv'))
  ages.write('patient_id,age\n')
  admissions.write('patient_id,admission_id,admitted_at,discharged_at,admission_type,unit\n')
  for (let bed = 0; bed < beds; bed++) {
    ages.write(`${bedName(bed)},${20 + (bed % 75)}\n`)
    admissions.write(`${bedName(bed)},A-${bed},2023-04-30T${pad(bed % 24)}:15:00Z,,emergency,ICU ${1 + (bed % 40)}\n`)
  }
  await Promise.all([end(ages), end(admissions)])
}

async function write(file: WriteStream, text: string): Promise<void> {
  if (!file.write(text)) await once(file, 'drain')
}

async function end(file: WriteStream): Promise<void> {
  file.end()
  await once(file, 'close')
}

const bedName = (bed: number): string => `P-${String(bed).padStart(6, '0')}`
const pad = (part: number): string => String(part).padStart(2, '0')
