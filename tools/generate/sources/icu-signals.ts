import { dateOf } from '../days.ts'
import type { Delivery } from '../delivery.ts'
import { Breaker, type Fault, entriesOf } from '../fault.ts'
import { patientId } from '../people.ts'
import { type BrokenRecord, csvLine, type Chunk } from '../chunk.ts'
import { type Random, randomOf } from '../random.ts'
import type { BedDay } from './beds.ts'

interface Signal extends Record<string, string> {
  readonly patient_id: string
  readonly measured_at: string
  readonly parameter: string
  readonly value: string
}

/** The faults of records of signal.csv. */
export const signalFaults: readonly Fault<Signal>[] = [
  {
    name: 'signal_value_in_words',
    table: 'measurements',
    column: 'value',
    rule: 'pattern',
    break: record => ({ ...record, value: 'high' }),
  },
  {
    name: 'signal_time_of_no_calendar',
    table: 'measurements',
    column: 'measured_at',
    rule: 'cast',
    break: record => ({ ...record, measured_at: '2023-02-30T12:00:00Z' }),
  },
  {
    name: 'signal_time_of_no_clock',
    table: 'measurements',
    column: 'measured_at',
    rule: 'pattern',
    break: record => ({ ...record, measured_at: `${record.measured_at.slice(0, 10)}T24:60:00Z` }),
  },
  {
    name: 'signal_of_nobody',
    table: 'measurements',
    column: 'patient_id',
    rule: 'required',
    break: record => ({ ...record, patient_id: '' }),
  },
  {
    name: 'signal_with_a_field_too_few',
    table: 'signal',
    column: null,
    rule: 'columns',
    break: ({ patient_id, measured_at, parameter }) => ({ patient_id, measured_at, parameter }) as unknown as Signal,
  },
]

/** One parameter: the range of its base value and its noise, in steps that `text` formats. */
interface Parameter {
  readonly name: string
  readonly low: number
  readonly high: number
  readonly noise: number
  readonly text: (step: number) => string
}

const plain = String
const tenths = (step: number): string => (step / 10).toFixed(1)

const everyMinute: readonly Parameter[] = [
  { name: 'heart_rate', low: 55, high: 115, noise: 9, text: plain },
  { name: 'respiratory_rate', low: 10, high: 26, noise: 3, text: plain },
  { name: 'systolic', low: 95, high: 160, noise: 11, text: plain },
  { name: 'diastolic', low: 50, high: 80, noise: 7, text: plain },
  { name: 'spo2', low: 91, high: 98, noise: 2, text: plain },
]

const everyHour: readonly Parameter[] = [
  { name: 'temperature', low: 361, high: 386, noise: 4, text: tenths },
  { name: 'consciousness', low: 0, high: 1, noise: 1, text: step => ['A', 'A', 'V'][step] ?? 'A' },
  { name: 'oxygen', low: 0, high: 6, noise: 1, text: plain },
]

/** A chunk is one minute of at most this many beds: 10,000 records, half a megabyte. */
const bedsPerChunk = 2000

/**
 * The signals of a day, minute by minute, as monitors deliver them: five values per minute and bed, and three more
 * every full hour.
 */
export function* signalChunks(file: string, delivery: Delivery, beds: readonly BedDay[]): Generator<Chunk> {
  const breaker = new Breaker(randomOf(delivery.seed, delivery.source, delivery.day, 'signal'), delivery.broken)
  const random = randomOf(delivery.seed, delivery.source, delivery.day, 'noise')
  const parameters = [...everyMinute, ...everyHour].map(parameter => new Meter(parameter, delivery, beds))
  const patients = beds.map(({ leaving, staying }) => patientId((leaving ?? staying).patientNo))
  for (let minute = 0; minute < 1440; minute++) {
    for (const { bed, minute: change, staying } of beds) {
      if (minute === change) patients[bed] = patientId(staying.patientNo)
    }
    const time = `${dateOf(delivery.day)}T${clock(minute)}`
    const due = minute % 60 === 0 ? parameters : parameters.slice(0, everyMinute.length)
    for (let bed = 0; bed < patients.length; bed += bedsPerChunk) {
      yield minuteOf(file, time, patients.slice(bed, bed + bedsPerChunk), bed, due, random, breaker)
    }
  }
}

function minuteOf(
  file: string,
  time: string,
  patients: readonly string[],
  firstBed: number,
  due: readonly Meter[],
  random: Random,
  breaker: Breaker,
): Chunk {
  const lines: string[] = []
  const broken: BrokenRecord[] = []
  const middles = due.map(meter => `,${time},${meter.name},`)
  for (let bed = 0; bed < patients.length; bed++) {
    const patient = patients[bed] as string
    for (let each = 0; each < due.length; each++) {
      const value = (due[each] as Meter).read(firstBed + bed, random)
      if (breaker.isNext()) {
        const record = { patient_id: patient, measured_at: time, parameter: (due[each] as Meter).name, value }
        const fault = breaker.pick(signalFaults)
        lines.push(csvLine(fault.break(record)))
        broken.push({ place: lines.length, fault: fault.name, entries: entriesOf(fault, record) })
      } else {
        lines.push(patient + (middles[each] as string) + value)
      }
    }
  }
  return { file, text: lines.join('\n'), records: lines.length, broken }
}

/** Reads one parameter of every bed. Values come from a table of texts: formatting each number took a third of the time. */
class Meter {
  readonly name: string
  readonly #rest: Int32Array
  readonly #texts: readonly string[]
  readonly #noise: number

  constructor({ name, low, high, noise, text }: Parameter, { seed, source }: Delivery, beds: readonly BedDay[]) {
    this.name = name
    this.#rest = Int32Array.from(beds, ({ bed }) => randomOf(seed, source, name, bed).int(0, high - low))
    this.#texts = Array.from({ length: high - low + noise + 1 }, (_, step) => text(low + step))
    this.#noise = noise + 1
  }

  read(bed: number, random: Random): string {
    return this.#texts[(this.#rest[bed] as number) + Math.floor(random.next() * this.#noise)] as string
  }
}

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00Z`
