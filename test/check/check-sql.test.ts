import test from 'ava'
import { canonical } from '../../pipelines/contract/tables/canonical.ts'
import { checkedSelect, type CheckedSelect } from '../../pipelines/check/check-sql.ts'
import { judgedSelect } from '../../pipelines/check/judge-sql.ts'
import { verdictColumns } from '../../pipelines/check/verdict-columns.ts'
import type { Contract } from '../../pipelines/contract/contract.ts'
import { testEngine } from '../helpers/engine.ts'

const named = (table: string): Contract => {
  const contract = canonical.find(one => one.table === table)
  if (contract === undefined) throw new Error(table)
  return contract
}

const texts = (names: readonly string[]): ReadonlyMap<string, string> =>
  new Map([...names.map(name => [name, 'VARCHAR'] as const), ['file_no', 'INTEGER'], ['record_no', 'BIGINT']])

/** The whole way from a SELECT to the one that is streamed, without parents or masks. */
function compiled(
  contract: Contract,
  sql: string,
  yielded: ReadonlyMap<string, string>,
  options: { readonly zone: string; readonly mayHoldNul: boolean },
): CheckedSelect {
  return checkedSelect(
    judgedSelect(contract, sql, yielded, {
      ...options,
      batchDate: '2023-05-01',
      parents: [],
      actions: {},
      mask: () => 'keep',
    }),
  )
}

const reading = ['patient_id', 'measured_at', 'type', 'device_id', 'reading_no', 'value']
const quoted = (value: string | null): string => (value === null ? 'null' : `'${value.replaceAll("'", "''")}'`)

/** A reading like any other but for what is given. */
function select(changes: Readonly<Record<string, string | null>>): string {
  const row = {
    patient_id: 'P',
    measured_at: '2023-05-01T00:00',
    type: 't',
    device_id: '',
    reading_no: '0',
    value: '1',
  }
  const cells = Object.entries({ ...row, ...changes }).map(([name, value]) => `${quoted(value)}::varchar as ${name}`)
  return `select 1 as file_no, 7 as record_no, ${cells.join(', ')}`
}

const cases: readonly (readonly [column: string, value: string | null, rule: string | undefined])[] = [
  ['patient_id', null, 'required'],
  ['patient_id', '', 'length'],
  ['patient_id', 'x'.repeat(256), 'length'],
  ['patient_id', '😀'.repeat(255), undefined],
  ['device_id', '', undefined],
  ['reading_no', '1.5', 'pattern'],
  ['reading_no', '0x1F', 'pattern'],
  ['reading_no', '1_000', 'pattern'],
  ['reading_no', ' 12 ', 'pattern'],
  ['reading_no', '2147483648', 'cast'],
  ['reading_no', '-2147483648', 'range'],
  ['reading_no', '2147483647', undefined],
  ['value', null, undefined],
  ['value', 'infinity', 'pattern'],
  ['value', '1e400', 'pattern'],
  ['value', '1.1234567', 'pattern'],
  ['value', '-999999999999.999999', undefined],
  ['value', '1234567890123', 'pattern'],
  ['measured_at', '2023-02-29 10:00', 'cast'],
  ['measured_at', '01/05/2023 10:00', 'pattern'],
  ['measured_at', '2023-05-01T10:00:00.123456+02:00', undefined],
]

test('a text breaks just the rule that it should', async t => {
  const duckdb = await testEngine(t)
  for (const [column, value, rule] of cases) {
    const checked = compiled(named('measurements'), select({ [column]: value }), texts(reading), {
      zone: 'UTC',
      mayHoldNul: true,
    })
    const [row] = await duckdb.rows(checked.sql)
    const verdict = Number(row?.[verdictColumns.verdict])
    const found = verdict === 0 ? undefined : checked.rules[verdict - 1]
    t.deepEqual(found, rule === undefined ? undefined : { column, rule }, `${column} ${String(value).slice(0, 20)}`)
    t.is(row?.['record_no'], 7)
  }
})

test('NUL is refused in every text', async t => {
  const duckdb = await testEngine(t)
  const sql = select({}).replace(`'t'::varchar`, `('t' || chr(0))`)
  const checked = compiled(named('measurements'), sql, texts(reading), { zone: 'UTC', mayHoldNul: true })
  const [row] = await duckdb.rows(checked.sql)
  t.deepEqual(checked.rules[Number(row?.[verdictColumns.verdict]) - 1], { column: 'type', rule: 'nul' })
})

test('a local time is placed in the zone of the source, an offset wins, and a skipped time is refused', async t => {
  const duckdb = await testEngine(t)
  const at = async (value: string, zone = 'Europe/Amsterdam'): Promise<unknown> => {
    const checked = compiled(named('measurements'), select({ measured_at: value }), texts(reading), {
      zone,
      mayHoldNul: true,
    })
    const [row] = await duckdb.rows(
      `select measured_at::varchar as at, ${verdictColumns.verdict} as v from (${checked.sql})`,
    )
    const verdict = Number(row?.['v'])
    return verdict === 0 ? row?.['at'] : checked.rules[verdict - 1]?.rule
  }
  t.is(await at('2023-01-15 12:00'), '2023-01-15 11:00:00')
  t.is(await at('2023-07-15 12:00'), '2023-07-15 10:00:00')
  t.is(await at('2023-07-15 12:00Z'), '2023-07-15 12:00:00')
  t.is(await at('2023-07-15 12:00-05:00'), '2023-07-15 17:00:00')
  t.is(await at('2023-07-15T12:00:00.25+05:30'), '2023-07-15 06:30:00.25')
  t.is(await at('2023-03-26 02:30'), 'dst_gap')
  t.is(await at('2023-07-15 12:00', 'UTC'), '2023-07-15 12:00:00')
  t.is(await at('2023-07-15 12:00Z', 'UTC'), '2023-07-15 12:00:00')
  t.is(await at('2023-07-15T12:00:00Z', 'UTC'), '2023-07-15 12:00:00')
  t.is(await at('2023-07-15T12:00:00+02:00', 'UTC'), '2023-07-15 10:00:00')
  t.is(await at('2023-07-15T12:00-02:00', 'UTC'), '2023-07-15 14:00:00')
  t.is(await at('2023-07-15 24:00:00', 'UTC'), 'pattern')
  t.is(await at('2023-03-26T02:30+01:00'), '2023-03-26 01:30:00')
})

test("what a source's author got wrong is said with table and column", t => {
  const compile = (yielded: ReadonlyMap<string, string>) => () =>
    compiled(named('measurements'), 'select 1', yielded, { zone: 'UTC', mayHoldNul: true })
  t.regex(t.throws(compile(texts(reading.slice(1)))).message, /measurements must yield patient_id/)
  t.regex(t.throws(compile(texts([...reading, 'colour']))).message, /measurements yields colour/)
  const number = new Map([...texts(reading), ['value', 'DOUBLE']])
  t.regex(t.throws(compile(number)).message, /value is DOUBLE/)
  const noLineage = new Map([...texts(reading)].filter(([name]) => name !== 'record_no'))
  t.regex(t.throws(compile(noLineage)).message, /must yield record_no/)
})
