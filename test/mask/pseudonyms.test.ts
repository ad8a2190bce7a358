import { createHmac } from 'node:crypto'
import test from 'ava'
import fc from 'fast-check'
import { canonical } from '../../pipelines/contract/canonical.ts'
import { columnsOf, type ContractColumn } from '../../pipelines/contract/contract.ts'
import { maskColumn, maskSetupSql } from '../../pipelines/mask/mask.ts'
import { quoteConstant } from '../../pipelines/sql.ts'
import { testEngine } from '../helpers/engine.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 300 }).map(text => text.replaceAll('\0', ''))
const domains = fc.constantFrom('source_a/patient_id', 'icu__north/user_id', 'person_id')
const keys = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', minLength: 32, maxLength: 100 }),
  fc.string({ unit: 'binary', minLength: 32, maxLength: 90 }),
)

/** The same by Node's own HMAC. */
const expected = (secret: string, domain: string, value: string): string =>
  `p1_${createHmac('sha256', secret).update(`${domain}\0${value}`, 'utf8').digest('hex')}`

test('a pseudonym is the HMAC-SHA-256 of domain and value, for every text and every length of key', async t => {
  await fc.assert(
    fc.asyncProperty(
      keys,
      fc.array(fc.tuple(domains, anyText), { minLength: 1, maxLength: 40 }),
      async (secret, pairs) => {
        const engine = await testEngine(t)
        await engine.run(maskSetupSql({ secret }))
        const rows = pairs.map(([domain, value]) => `(${quoteConstant(domain)}, ${quoteConstant(value)})`)
        const given = await engine.rows(
          `select caseload_pseudonym(d, v) as p from (values ${rows.join(', ')}) as x (d, v)`,
        )
        t.deepEqual(
          given.map(row => row['p']),
          pairs.map(([domain, value]) => expected(secret, domain, value)),
        )
      },
    ),
    { numRuns: 40 },
  )
})

test('null stays null, and the empty text is a value', async t => {
  const engine = await testEngine(t)
  const secret = 'k'.repeat(64)
  await engine.run(maskSetupSql({ secret }))
  const [row] = await engine.rows(
    `select caseload_pseudonym('d', null) as nothing, caseload_pseudonym('d', '') as empty`,
  )
  t.deepEqual(row, { nothing: null, empty: expected(secret, 'd', '') })
})

test('domain and value cannot be moved against each other', async t => {
  const engine = await testEngine(t)
  await engine.run(maskSetupSql({ secret: 'k'.repeat(32) }))
  const [row] = await engine.rows(`select caseload_pseudonym('ab', 'c') = caseload_pseudonym('a', 'bc') as same`)
  t.deepEqual(row, { same: false })
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
