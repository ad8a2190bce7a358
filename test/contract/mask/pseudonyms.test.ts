import { createHmac } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { canonical } from '../../../pipelines/contract/tables/canonical.ts'
import { columnsOf, type ContractColumn } from '../../../pipelines/contract/contract.ts'
import { maskColumn, pseudonymsOf } from '../../../pipelines/contract/mask/mask.ts'
import { quoteConstant } from '../../../pipelines/platform/sql.ts'
import { testEngine } from '../../helpers/engine.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 300 }).map(text => text.replaceAll('\0', ''))
const domains = fc.constantFrom('source_a/patient_id', 'icu__north/user_id', 'person_id')
const keys = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', minLength: 32, maxLength: 100 }),
  fc.string({ unit: 'binary', minLength: 32, maxLength: 90 }),
)

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The same by Node's own HMAC. */
const expected = (secret: string, domain: string, value: string): string =>
  `p1_${createHmac('sha256', secret).update(`${domain}\0${value}`, 'utf8').digest('hex')}`

/** The pseudonyms of values, each given as SQL, as a statement of a run makes them. */
async function pseudonymsIn(
  t: ExecutionContext,
  secret: string,
  values: readonly (readonly [domain: string, sql: string])[],
): Promise<readonly unknown[]> {
  const { sql, parameters } = pseudonymsOf({ secret })
  const engine = await testEngine(t, { parameters })
  const selects = values.map(([domain, value], i) => `select ${i} as i, ${sql(domain, value)} as p`)
  const found: unknown[] = []
  for await (const batch of engine.stream(`${selects.join(' union all ')} order by i`)) {
    for (let row = 0; row < batch.numRows; row++) found.push(batch.getChildAt(1)?.get(row))
  }
  return found
}

test('a pseudonym is the HMAC-SHA-256 of domain and value, for every text and every length of key', async t => {
  await fc.assert(
    fc.asyncProperty(
      keys,
      fc.array(fc.tuple(domains, anyText), { minLength: 1, maxLength: 40 }),
      async (secret, pairs) => {
        const given = pairs.map(([domain, value]) => [domain, quoteConstant(value)] as const)
        t.deepEqual(
          await pseudonymsIn(t, secret, given),
          pairs.map(([domain, value]) => expected(secret, domain, value)),
        )
      },
    ),
    { numRuns: 40 },
  )
})

test('null stays null, and the empty text is a value', async t => {
  const secret = 'k'.repeat(64)
  const found = await pseudonymsIn(t, secret, [
    ['d', 'null::varchar'],
    ['d', `''`],
  ])
  t.deepEqual(found, [null, expected(secret, 'd', '')])
})

test('domain and value cannot be moved against each other', async t => {
  const [one, other] = await pseudonymsIn(t, 'k'.repeat(32), [
    ['ab', `'c'`],
    ['a', `'bc'`],
  ])
  t.not(one, other)
})

/** What a SELECT might hope to find the key by. */
const searches = [
  'select to_json(f)::varchar as found from duckdb_functions() as f where not f.internal',
  'select to_json(f)::varchar as found from duckdb_settings() as f',
  'select to_json(f)::varchar as found from duckdb_variables() as f',
  'select to_json(f)::varchar as found from duckdb_prepared_statements() as f',
  'select sql as found from duckdb_tables() union all select sql from duckdb_views()',
  'select current_query() as found',
]

test('no SELECT that runs in the same statement finds the key in the catalogue', async t => {
  const secret = 'Key-of-the-tests-0123456789abcdef-canary'
  const { sql, parameters } = pseudonymsOf({ secret })
  const engine = await testEngine(t, { parameters })
  const traces = [secret, ...Object.values(parameters).flatMap(pad => [hex(pad), hex(pad).toUpperCase()])]
  for (const search of searches) {
    const masked = sql('source_a/patient_id', 'r.found')
    const statement = `select r.found, ${masked} as p from (${search}) as r`
    for await (const batch of engine.stream(statement)) {
      for (let row = 0; row < batch.numRows; row++) {
        const found = String(batch.getChildAt(0)?.get(row))
        t.false(
          traces.some(trace => found.includes(trace)),
          search,
        )
      }
    }
    const alone = await engine.rows(search)
    t.false(
      traces.some(trace => JSON.stringify(alone).includes(trace)),
      search,
    )
  }
})

test('the parameters that hold the key have names that nobody can know beforehand', t => {
  const names = (): readonly string[] => Object.keys(pseudonymsOf({ secret: 'k'.repeat(32) }).parameters)
  t.is(new Set([...names(), ...names()]).size, 4)
  t.true(names().every(name => /^caseload_[0-9a-f]{32}_(inner|outer)$/.test(name)))
})

const direct = canonical.flatMap(({ table, ...contract }) =>
  columnsOf({ table, ...contract })
    .filter(column => column.phi === 'direct')
    .map(column => ({ table, column })),
)

test('every direct column of every table is replaced or dropped, and none that is required is dropped', t => {
  const fates = direct.map(({ table, column }) => {
    const masked = maskColumn(column, 'source_a')
    return `${table}.${column.name} ${typeof masked === 'string' ? masked : masked.domain}`
  })
  t.deepEqual(
    fates.filter(fate => !fate.includes('patient_id')),
    [
      'patients.mrn source_a/mrn',
      'patients.medical_card_no source_a/medical_card_no',
      'patients.name drop',
      'patients.first_name drop',
      'patients.last_name drop',
      'patients.birth_date drop',
      'patients.email drop',
      'patients.phone drop',
      'patients.address drop',
      'patient_links.person_id person_id',
      'patient_contacts.name drop',
      'patient_contacts.phone drop',
      'coverages.member_id source_a/member_id',
      'visits.provider_notes_text drop',
      'devices.assigned_by source_a/user_id',
      'users.user_id source_a/user_id',
      'users.name drop',
      'users.email drop',
      'user_roles.user_id source_a/user_id',
    ],
  )
  const ofPatients = fates.filter(fate => fate.includes('.patient_id '))
  t.is(ofPatients.length, 12)
  t.true(ofPatients.every(fate => fate.endsWith(' source_a/patient_id')))
})

test('identifiers of two sources have different domains, but for person_id; what is not direct is kept', t => {
  const domainOf = (name: string, source: string): string => {
    const found = direct.find(({ column }) => column.name === name)
    const masked = found === undefined ? 'keep' : maskColumn(found.column, source)
    return typeof masked === 'string' ? masked : masked.domain
  }
  t.not(domainOf('patient_id', 'icu__north'), domainOf('patient_id', 'icu__south'))
  t.is(domainOf('person_id', 'icu__north'), domainOf('person_id', 'icu__south'))
  for (const contract of canonical) {
    for (const column of columnsOf(contract).filter(one => one.phi !== 'direct')) t.is(maskColumn(column, 's'), 'keep')
  }
})

test('a direct column that is required and no identifier is an error, not a leak', t => {
  const name: ContractColumn = {
    name: 'name',
    phi: 'direct',
    description: '',
    nullable: false,
    type: { kind: 'text' },
    checks: [{ rule: 'length', min: 0, max: 10 }],
  }
  t.throws(() => maskColumn(name, 'source_a'), { message: /name is direct, required/ })
  for (const phi of ['Direct', 'nonee', '', undefined]) {
    const column = { ...name, nullable: true, phi: phi as 'direct' }
    t.throws(() => maskColumn(column, 'source_a'), { message: /neither direct, quasi nor none/ }, String(phi))
  }
  t.is(maskColumn({ ...name, nullable: true }, 'source_a'), 'drop')
})
