import { timeOf } from '../days.ts'
import type { Delivery, GeneratedSource } from '../delivery.ts'
import { Breaker, type Fault, write, writeChild } from '../fault.ts'
import { type EventOutcome, inherited, times } from '../event-outcome.ts'
import { csvFile, csvLine, jsonFile, ndjsonFile, type QuarantineEntry, type Chunk, chunk } from '../chunk.ts'
import { randomOf } from '../random.ts'
import { type HomeUser, homeUser, userFaults, userId } from './home-users.ts'

interface Role extends Record<string, string> {
  readonly user_id: string
  readonly role_id: string
}

interface Device extends Record<string, string> {
  readonly id: string
  readonly name: string
  readonly mac_address: string
  readonly user_id: string
  readonly assigned_by: string
  readonly firmware_version: string
  readonly software_version: string
  readonly in_use_since: string
}

interface DeviceRecord {
  readonly user_id: string
  readonly device_id: string | null
  readonly time: string
  readonly data: Readonly<Record<string, number | string>> | readonly string[]
}

const files = {
  users: 'users.json',
  devices: 'devices.csv',
  data: 'device_data.ndjson',
  roles: 'roles.csv',
  definitions: 'role_definitions.csv',
} as const

const definitions = [
  { role_id: 'R-PAT', name: 'Patient', category: 'patient', permissions: 'read own data' },
  { role_id: 'R-NUR', name: 'Nurse', category: 'nurse', permissions: 'read and assign' },
  { role_id: 'R-ADM', name: 'Administrator', category: 'administrator', permissions: 'manage users' },
]

const unknownRole: Fault<Role> = {
  name: 'role_unknown',
  table: 'user_roles',
  column: null,
  rule: 'reference',
  break: record => ({ ...record, role_id: 'R-NONE' }),
}

const roleFaults: readonly Fault<Role>[] = [
  unknownRole,
  {
    name: 'role_with_a_field_too_many',
    table: 'roles',
    column: null,
    rule: 'columns',
    break: record => ({ ...record, more: 'one too many' }),
  },
]

const deviceFaults: readonly Fault<Device>[] = [
  {
    name: 'device_use_in_words',
    table: 'devices',
    column: 'in_use_since',
    rule: 'pattern',
    break: record => ({ ...record, in_use_since: 'always' }),
  },
  {
    name: 'mac_address_too_long',
    table: 'devices',
    column: 'mac_address',
    rule: 'length',
    break: record => ({ ...record, mac_address: '02:'.repeat(22) }),
  },
]

const dataFaults: readonly Fault<DeviceRecord>[] = [
  {
    name: 'device_time_in_words',
    table: 'measurements',
    column: 'measured_at',
    rule: 'pattern',
    break: record => ({ ...record, time: 'noon' }),
    entries: ({ data }) =>
      times(Object.keys(data).length, { table: 'measurements', column: 'measured_at', rule: 'pattern' }),
  },
  {
    name: 'device_value_in_words',
    table: 'measurements',
    column: 'value',
    rule: 'pattern',
    break: record => ({ ...record, data: { heart_rate: 'fast' } }),
  },
  {
    name: 'device_data_empty',
    table: 'measurements',
    column: 'type',
    rule: 'required',
    break: record => ({ ...record, data: {} }),
  },
  {
    name: 'device_data_is_a_list',
    table: 'device_data',
    column: null,
    rule: 'shape',
    break: record => ({ ...record, data: ['heart_rate'] }),
  },
]

/** Devices at home: the patients, a nurse for every twenty of them, and an administrator. */
export const homeMonitoring: GeneratedSource = {
  files: () => [
    jsonFile(files.users),
    csvFile(files.devices, [
      ...['id', 'name', 'mac_address', 'user_id', 'assigned_by', 'firmware_version', 'software_version'],
      'in_use_since',
    ]),
    ndjsonFile(files.data),
    csvFile(files.roles, ['user_id', 'role_id']),
    csvFile(files.definitions, ['role_id', 'name', 'category', 'permissions']),
  ],
  faults: [...userFaults, ...roleFaults, ...deviceFaults, ...dataFaults].map(fault => fault.name),
  chunks: function* (delivery) {
    const breakerOf = (file: string): Breaker =>
      new Breaker(randomOf(delivery.seed, delivery.source, delivery.day, file), delivery.broken)
    const breakers = {
      users: breakerOf(files.users),
      roles: breakerOf(files.roles),
      devices: breakerOf(files.devices),
      data: breakerOf(files.data),
    }
    for (const definition of definitions) yield chunk(files.definitions, csvLine(definition))
    for (let no = 0; no < delivery.patients; no++) yield* patientChunks(delivery, no, breakers)
    yield* staffChunks(delivery.patients)
  },
}

/** Staff records are never broken: a missing nurse changes nothing else, and a missing role is not visible. */
function* staffChunks(patients: number): Generator<Chunk> {
  for (let nurse = 0; nurse <= Math.ceil(patients / 20); nurse++) {
    const id = `S-${nurse}`
    const user = { id, name: `Sage Staff-${nurse}`, email: `staff-${nurse}@mail.example`, phone: '+1 555 0199' }
    yield chunk(files.users, JSON.stringify(user))
    yield chunk(files.roles, csvLine({ user_id: id, role_id: nurse === 0 ? 'R-ADM' : 'R-NUR' }))
  }
}

interface Breakers {
  readonly users: Breaker
  readonly roles: Breaker
  readonly devices: Breaker
  readonly data: Breaker
}

/**
 * All records of one patient. Without the user or the role the patient is absent, and none of the patient's rows is
 * loaded.
 */
function* patientChunks(delivery: Delivery, no: number, breakers: Breakers): Generator<Chunk> {
  const user = homeUser(delivery, no)
  const role = write(files.roles, { user_id: user.id, role_id: 'R-PAT' }, csvLine, breakers.roles, roleFaults)
  const hasRole = role.fault === undefined
  // A user who is not a patient has no row that a fault could affect.
  const text = (record: HomeUser): string => JSON.stringify(record)
  const written = hasRole ? write(files.users, user, text, breakers.users, userFaults) : undefined
  yield* written?.chunks ?? [chunk(files.users, text(user))]
  const fault = userFaults.find(({ name }) => name === written?.fault?.name)
  const lostRole = inherited('user_roles', fault?.user ?? 'loaded')
  if (hasRole && lostRole !== undefined) {
    yield chunk(files.roles, csvLine({ user_id: user.id, role_id: 'R-PAT' }), { fault: null, entries: [lostRole] })
  } else {
    yield* role.chunks
  }
  const patient: EventOutcome = hasRole ? (fault?.patient ?? 'loaded') : 'absent'
  yield* deviceChunks(delivery, no, patient, breakers)
}

function* deviceChunks(delivery: Delivery, no: number, patient: EventOutcome, breakers: Breakers): Generator<Chunk> {
  const { seed, source, day } = delivery
  const random = randomOf(seed, source, day, no)
  const nurse = `S-${1 + Math.floor(no / 20)}`
  const devices = [
    { id: `D-${no}-1`, name: 'Wrist band', records: 24 },
    { id: `D-${no}-2`, name: 'Cuff', records: 3 },
  ]
  for (const [place, { id, name, records }] of devices.entries()) {
    const device = {
      id,
      name,
      mac_address: `02:00:00:00:${hex(no % 256)}:${hex(place)}`,
      user_id: userId(no),
      assigned_by: nurse,
      firmware_version: '1.1',
      software_version: '2.0',
      in_use_since: '2020-01-01T08:00:00Z',
    }
    const lost = times(1, inherited('devices', patient))
    yield* writeChild(files.devices, device, csvLine, lost, breakers.devices, deviceFaults).chunks
    for (let each = 0; each < records; each++) {
      const time = timeOf(day, Math.floor((each * 1440) / records) + random.int(0, 30))
      const data: Readonly<Record<string, number>> =
        place === 0
          ? { heart_rate: random.int(50, 120), spo2: random.int(90, 100) }
          : { systolic: random.int(100, 170), diastolic: random.int(55, 95), mean_arterial: random.int(70, 110) }
      const entries: readonly QuarantineEntry[] = times(Object.keys(data).length, inherited('measurements', patient))
      const record: DeviceRecord = { user_id: userId(no), device_id: id, time, data }
      const text = (one: DeviceRecord): string => JSON.stringify(one)
      yield* writeChild(files.data, record, text, entries, breakers.data, dataFaults).chunks
    }
  }
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0')
