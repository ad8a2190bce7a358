import test from 'ava'
import { sourceFaults } from '../pipelines/declared-source.ts'
import { csv, json, list, notEmpty, nullShare, object, range, scalar, Transformer } from '../pipelines/index.ts'
import { listTransformers, loadSource, shippedSources } from '../pipelines/sources.ts'

class Ward extends Transformer {
  override readonly inputs = {
    people: csv({ files: ['people.csv'], columns: ['id'] }),
    events: json({ files: ['e.json'], record: { id: scalar, notes: list(object({ text: scalar })) } }),
  }
  override readonly tables = ['patients', 'measurements']
}

/** The faults of a class that declares something else, as JavaScript lets it. */
function faultsWith(members: Readonly<Record<string, unknown>>): readonly string[] {
  return sourceFaults(Object.assign(new Ward(), members))
}

const people = (more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  inputs: { people: { ...new Ward().inputs.people, ...more } },
})

test('the shipped classes are in order, and so is one with every member', async t => {
  const names = listTransformers([shippedSources])
  t.true(names.length >= 7)
  for (const name of names) t.deepEqual(sourceFaults((await loadSource(name, [shippedSources])).transformer), [], name)
  t.deepEqual(
    faultsWith({
      zone: 'Europe/Amsterdam',
      delivery: { patients: 'full' },
      onConflict: { patients: { quarantine: ['birth_date'] }, measurements: { number: 'reading_no' } },
      references: { measurements: 'deferred' },
      empty: 'allow',
      ready: { marker: '_SUCCESS', manifest: 'm.json', quietSeconds: 0.5 },
      ignored: ['*.log'],
      maxBadRows: '2.5%',
      quality: [
        notEmpty('patients'),
        nullShare('patients', 'name', 0.1),
        range('patients', 'birth_date', { least: '1900-01-01' }),
      ],
      schedule: 'weekly',
      wards: ['a member of its own'],
    }),
    [],
  )
})

type Case = readonly [what: string, members: Readonly<Record<string, unknown>>, fault: RegExp]

const cases: readonly Case[] = [
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
    /has no member delimter\. Did you mean delimiter\? There are .*trailer$/,
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
    /^delivery names visits, which is none of its tables$/,
  ],
  ['references that mean nothing', { references: { patients: 'foo' } }, /^references\.patients: expected one of/],
  ['a conflict that means nothing', { onConflict: { patients: 'oldest' } }, /^onConflict\.patients: expected 'newest'/],
  [
    'a number that is no key',
    { onConflict: { patients: { number: 'name' } } },
    /^onConflict\.patients names name, which is no column of its key$/,
  ],
  [
    'a conflict of no column',
    { onConflict: { patients: { quarantine: ['born'] } } },
    /^onConflict\.patients names born/,
  ],
  ['ready of nothing', { ready: { markers: '_SUCCESS' } }, /^ready: has no member markers\. Did you mean marker\?/],
  ['empty', { empty: true }, /^empty: expected 'refuse', 'allow' or/],
  ['schedule', { schedule: 'hourly' }, /^schedule: expected one of/],
  ['a limit', { maxBadRows: 'many' }, /^maxBadRows: expected a number of rows/],
  ['a rule', { quality: [{ x: 1 }] }, /^quality\[0\]: expected notEmpty/],
  ['a rule of no column', { quality: [nullShare('patients', 'born', 0)] }, /^quality of patients names born/],
  ['a rule of another table', { quality: [notEmpty('visits')] }, /^quality names visits/],
  ['a share', { quality: [nullShare('patients', 'name', 5)] }, /^quality\[0\]\.most: /],
  ['a city', { zone: 'Berlin' }, /^zone: expected a zone of the IANA/],
  ['an offset', { zone: '+02:00' }, /^zone: /],
  ...['BST', 'IST', 'GMT+2', 'SystemV/PST8', 'Factory', 'posixrules', 'localtime', 'right/UTC', ''].map(
    (zone): Case => [`the zone ${zone}`, { zone }, /^zone: expected a zone of the IANA, .* found "/],
  ),
  ['a zone in another case', { zone: 'europe/amsterdam' }, /^zone: .* \(did you mean Europe\/Amsterdam\?\)$/],
  ['UTC in another case', { zone: 'utc' }, /^zone: .* \(did you mean UTC\?\)$/],
  ['a zone of a site', { zones: { north: 'BST' } }, /^zones\.north: expected a zone of the IANA/],
  ['a zone of a source', { zones: { ward__north: 'UTC' } }, /^zones: expected a site, .* found "ward__north"/],
  ['one zone for all sites', { zones: 'UTC' }, /^zones: /],
  ['a member nearly ours', { onconflict: {} }, /^onconflict means nothing to Caseload; did you mean onConflict\?/],
  ['a misspelt member', { delivry: {} }, /^delivry means nothing to Caseload; did you mean delivery\?/],
]

for (const [what, members, fault] of cases) {
  test(`a class is refused by the name of the member: ${what}`, t => {
    const faults = faultsWith(members)
    t.true(
      faults.some(one => fault.test(one)),
      faults.join('\n'),
    )
  })
}
