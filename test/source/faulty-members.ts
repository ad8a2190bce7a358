import {
  csv,
  drop,
  json,
  list,
  notEmpty,
  nullShare,
  object,
  off,
  scalar,
  Transformer,
  warn,
} from '../../pipelines/index.ts'

/** A class that is in order. */
export class Ward extends Transformer {
  override readonly inputs = {
    people: csv({ files: ['people.csv'], columns: ['id'] }),
    events: json({ files: ['e.json'], record: { id: scalar, notes: list(object({ text: scalar })) } }),
  }
  override readonly tables = ['patients', 'measurements']
}

const people = (more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  inputs: { people: { ...new Ward().inputs.people, ...more } },
})

/** A class with these members in place of its own, and the fault that names them. */
export type Case = readonly [what: string, members: Readonly<Record<string, unknown>>, fault: RegExp]

export const faultyMembers: readonly Case[] = [
  ['no inputs', { inputs: undefined }, /^inputs is missing$/],
  ['no tables', { tables: [] }, /^tables: /],
  ['one table as text', { tables: 'patients' }, /^tables: expected array/],
  ['a table twice', { tables: ['patients', 'patients'] }, /^tables names patients twice$/],
  ['an input by hand', { inputs: { a: { files: ['a.csv'] } } }, /^inputs\.a: expected csv\(/],
  ['files as text', people({ files: 'a.csv' }), /^inputs\.people\.files: expected array/],
  ['no files', people({ files: undefined, file: 'a.csv' }), /^inputs\.people\.files is missing$/],
  [
    'a misspelt option',
    people({ delimter: ';' }),
    /unknown option delimter \(did you mean delimiter\?\); expected .*trailer$/,
  ],
  ['a record of any length', people({ maxRecordMiB: 17 }), /^inputs\.people\.maxRecordMiB: .*16/],
  [
    'unique values of a column that is none',
    people({ unique: ['code'] }),
    /^inputs\.people\.unique names code, which is not one of /,
  ],
  [
    'unique values of a list',
    { inputs: { a: json({ files: ['a.json'], record: { id: scalar, ids: list(scalar) }, unique: ['ids'] }) } },
    /^inputs\.a\.unique names ids, which is not one of id$/,
  ],
  ['another delimiter', people({ delimiter: '::' }), /^inputs\.people\.delimiter: expected one of/],
  [
    'a shape as text',
    { inputs: { a: json({ files: ['a.json'], record: { id: 'scalar' } as never }) } },
    /record\.fields\.id: expected scalar, map/,
  ],
  [
    'a list of nothing',
    { inputs: { a: json({ files: ['a.json'], record: { ids: list(undefined as never) } }) } },
    /fields\.ids\.element.*(missing|expected)/,
  ],
  [
    'a delivery that means nothing',
    { delivery: { patients: 'fulll' } },
    /^delivery\.patients: expected one of "upsert"\|"full"\|"insert_only"$/,
  ],
  [
    'a delivery of another table',
    { delivery: { visits: 'full' } },
    /^delivery names visits, which is not one of its tables$/,
  ],
  ['an identifier of no table', { ids: { patient: { pad: 8 } } }, /^ids names patient, which is not an identifier/],
  [
    'a spelling of what is no identifier',
    { ids: { name: { caseless: true } } },
    /^ids names name, which is not an identifier/,
  ],
  ['a spelling that means nothing', { ids: { patient_id: { upper: true } } }, /^ids\.patient_id/],
  [
    'a width of zeros that is none',
    { ids: { patient_id: { pad: 0 } } },
    /^ids\.patient_id\.pad: expected a whole number/,
  ],
  [
    'a list that may shrink and is none',
    { shrink: { patients: 'allow' } },
    /^shrink names patients, whose delivery is not/,
  ],
  ['a shrink that means nothing', { shrink: { patients: true } }, /^shrink\.patients: expected one of/],
  [
    'a shrink of another table',
    { shrink: { visits: 'allow' } },
    /^shrink names visits, which is not one of its tables$/,
  ],
  ['references that mean nothing', { references: { patients: 'foo' } }, /^references\.patients: expected one of/],
  ['a conflict that means nothing', { onConflict: { patients: 'oldest' } }, /^onConflict\.patients: expected 'newest'/],
  [
    'a number that is no key',
    { onConflict: { patients: { number: 'name' } } },
    /^onConflict\.patients names name, which is not a column of its key$/,
  ],
  [
    'a conflict of no column',
    { onConflict: { patients: { quarantine: ['born'] } } },
    /^onConflict\.patients names born/,
  ],
  [
    'rules that are no action',
    { rules: { birth_date: 'drop' } },
    /^rules\.birth_date: expected quarantine\(\), drop\(\), warn\(\) or off\('reason'\)$/,
  ],
  ['a builder that is not called', { rules: { birth_date: drop } }, /^rules\.birth_date: expected quarantine\(\)/],
  [
    'a rule of no column there is',
    { rules: { birth_dte: drop() } },
    /^rules\['birth_dte'\] names birth_dte.* Did you mean birth_date\?$/,
  ],
  [
    'an unknown rule of a column',
    { rules: { 'birth_date.rnge': drop() } },
    /names rnge, .* of birth_date\. Did you mean range\? There are pattern, cast, range$/,
  ],
  [
    'a rule without its column',
    { rules: { range: drop() } },
    /^rules\['range'\] is a rule of columns: name the column too/,
  ],
  ['a rule across columns of another table', { rules: { ended_before_started: drop() } }, /names ended_before_started/],
  ['a rule of a rule across columns', { rules: { 'death_before_birth.range': drop() } }, /names death_before_birth/],
  ['a table that is not filled', { rules: { 'visits.reason': drop() } }, /^rules\['visits\.reason'\] names visits/],
  ['four parts', { rules: { 'patients.name.length.x': drop() } }, /has too many parts/],
  [
    'a key that drops',
    { rules: { patient_id: drop() } },
    /^rules\['patient_id'\] cannot be drop\(\): patients\.patient_id is part of the key/,
  ],
  [
    'a key that warns',
    { rules: { 'measurements.patient_id.length': warn() } },
    /cannot be warn\(\): measurements\.patient_id is part of the key/,
  ],
  [
    'a column that names a parent',
    { rules: { visit_id: drop() }, tables: ['measurements'] },
    /measurements\.visit_id names a parent/,
  ],
  [
    'a column that may not be null',
    { rules: { record_status: drop() }, tables: ['visits'] },
    /visits\.record_status may not be null/,
  ],
  [
    'a form that warns',
    { rules: { 'birth_date.pattern': warn() } },
    /^rules\['birth_date\.pattern'\] cannot be warn\(\): .* pattern cannot be loaded as it is; birth_date\.range can warn$/,
  ],
  [
    'a column whose form would warn',
    { rules: { birth_date: warn() } },
    /breaks pattern, cast cannot be loaded as it is; birth_date\.range can warn$/,
  ],
  [
    'a row that follows its parent',
    { rules: { parent: drop() } },
    /^rules\['parent'\] cannot be changed: a row goes with its parent/,
  ],
  [
    'a rule that is off for no reason',
    { rules: { birth_in_future: { kind: 'off' } } },
    /^rules\.birth_in_future: expected/,
  ],
  [
    'a form that is off',
    { rules: { 'birth_date.cast': off('typed by hand') } },
    /cannot be off\(\): .* cast cannot be loaded as it is; birth_date\.range can be off$/,
  ],
  [
    'a key that is off',
    { rules: { 'patient_id.length': off('long ids') } },
    /cannot be off\(\): patients\.patient_id is/,
  ],
  [
    'identifiers that look alike',
    { rules: { invisible: off('it is fine') } },
    /^rules\['invisible'\] cannot be changed: two identifiers that look alike/,
  ],
  ['a balance', { rules: { balance: off('it is fine') } }, /^rules\['balance'\] cannot be changed: every row is/],
  [
    'a check nearly there',
    { rules: { default_birth_date: off('shifted') } },
    /nor a quality check of its tables\. Did you mean default_birth_dates\?$/,
  ],
  [
    'a check that drops',
    { rules: { default_birth_dates: drop() } },
    /cannot be drop\(\): it is a quality check, which can/,
  ],
  ['a check of another table', { rules: { long_stays: off('a hospice') } }, /^rules\['long_stays'\] names long_stays/],
  ['rows of one key', { rules: { conflict: warn() } }, /^rules\['conflict'\] cannot be changed: see onConflict$/],
  ['ready of nothing', { ready: { markers: '_SUCCESS' } }, /^ready: unknown option markers \(did you mean marker\?\)/],
  ['empty', { empty: true }, /^empty: expected 'refuse', 'allow' or/],
  ['schedule', { schedule: 'hourly' }, /^schedule: expected one of/],
  ['a time without a zero', { due: '7:30' }, /^due: expected a time from '00:00' to '24:00', such as '07:30'$/],
  ['a time after the end of the day', { due: '24:30' }, /^due: expected a time/],
  ['half a day', { lagDays: 0.5 }, /^lagDays: expected a whole number of days from 0 to 366$/],
  ['days in a text', { lagDays: '2' }, /^lagDays: expected a whole number/],
  ['a limit', { maxBadRows: 'many' }, /^maxBadRows: expected a number of rows/],
  ['a rule', { quality: [{ x: 1 }] }, /^quality\[0\]: expected notEmpty/],
  ['a rule of no column', { quality: [nullShare('patients', 'born', 0)] }, /^quality of patients names born/],
  ['a rule of another table', { quality: [notEmpty('visits')] }, /^quality names visits/],
  ['a share', { quality: [nullShare('patients', 'name', 5)] }, /^quality\[0\]\.most: /],
  ['a city', { zone: 'Berlin' }, /^zone: expected an IANA zone/],
  ['an offset', { zone: '+02:00' }, /^zone: /],
  ...['BST', 'IST', 'GMT+2', 'SystemV/PST8', 'Factory', 'posixrules', 'localtime', 'right/UTC', ''].map(
    (zone): Case => [`the zone ${zone}`, { zone }, /^zone: expected an IANA zone, .* found "/],
  ),
  ['a zone in another case', { zone: 'europe/amsterdam' }, /^zone: .* \(did you mean Europe\/Amsterdam\?\)$/],
  ['UTC in another case', { zone: 'utc' }, /^zone: .* \(did you mean UTC\?\)$/],
  ['a zone of a site', { zones: { north: 'BST' } }, /^zones\.north: expected an IANA zone/],
  ['a zone of a source', { zones: { ward__north: 'UTC' } }, /^zones: expected a site, .* found "ward__north"/],
  ['one zone for all sites', { zones: 'UTC' }, /^zones: /],
  ['a member nearly ours', { onconflict: {} }, /^onconflict means nothing to Caseload; did you mean onConflict\?/],
  ['a misspelt member', { delivry: {} }, /^delivry means nothing to Caseload; did you mean delivery\?/],
]
