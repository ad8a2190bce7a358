import assert from 'node:assert/strict'
import test from 'ava'
import fc from 'fast-check'
import { DuckDbError } from '../../pipelines/platform/duckdb-error.ts'
import { RefusedError } from '../../pipelines/platform/errors.ts'
import { csv, json, list, object, scalar } from '../../pipelines/source/inputs.ts'
import { accounted, expected, type ReadResult, testReader } from './read-files.ts'

const runs = { numRuns: Number(process.env['CASELOAD_RUNS'] ?? 150) }

const piece = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('a', 'bc', ' ', 'é', '😀', '"', '""', ',', '\n', '\r\n', '\\', '#', ';') },
  { weight: 1, arbitrary: fc.constantFrom('\t', '\r', '\0', '\\.') },
)
const text = fc.array(piece, { maxLength: 4 }).map(pieces => pieces.join(''))
const quoted = text.map(value => `"${value.replaceAll('"', '""')}"`)
const bare = fc.constantFrom('', '1', 'x y', '5" tube', 'NULL', '.5', ' "x"', '\t"x"', ' x "y"')
const field = fc.oneof({ weight: 4, arbitrary: bare }, { weight: 4, arbitrary: quoted }, { weight: 1, arbitrary: text })
const lineEnd = fc.oneof(
  { weight: 8, arbitrary: fc.constant('\n') },
  { weight: 1, arbitrary: fc.constantFrom('\r\n', '\n\n', '\r\n\r\n', '\r') },
)

/** CSV files, most of their records well formed. */
function csvFile(width: number): fc.Arbitrary<Buffer> {
  const separators = fc.integer({ min: 2, max: width + 1 }).map(length => Array.from({ length }, () => ''))
  const record = fc.oneof(
    { weight: 1, arbitrary: separators },
    { weight: 24, arbitrary: fc.array(field, { minLength: width, maxLength: width }) },
    { weight: 4, arbitrary: fc.array(field, { minLength: 1, maxLength: width + 2 }) },
  )
  const lines = fc.array(fc.tuple(record, lineEnd), { maxLength: 8 })
  const frame = fc.record({
    bom: fc.boolean(),
    blank: fc.constantFrom('', '', '', '', '', '', '\n'),
    ends: lineEnd,
    last: fc.boolean(),
    bad: fc.boolean(),
    uniform: fc.constantFrom('', '\n', '\n', '\n', '\r\n'),
  })
  return fc.tuple(lines, frame).map(([records, { bom, blank, ends, last, bad, uniform }]) => {
    const header = Array.from({ length: width }, (_, index) => `c${index + 1}`).join(',')
    const body = records.map(([fields, end]) => fields.join(',') + (uniform === '' ? end : uniform)).join('')
    const whole = Buffer.from(`${bom ? '\ufeff' : ''}${blank}${header}${uniform === '' ? ends : uniform}${body}`)
    const cut = last ? whole : whole.subarray(0, -1)
    return bad && records.length > 3 ? Buffer.concat([cut, Buffer.from([0xff, 0x0a])]) : cut
  })
}

const columns = (width: number): [string, ...string[]] => [
  'c1',
  ...Array.from({ length: width - 1 }, (_, index) => `c${index + 2}`),
]

async function orUndefined<T>(
  work: Promise<T>,
  ...classes: readonly (abstract new (...args: never[]) => Error)[]
): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (classes.some(one => error instanceof one)) return undefined
    throw error
  }
}

/** Numbers of the records that are separators alone, counted without the scanner and without csv-parse. */
function emptyRecords(content: Buffer): readonly number[] {
  const text = content.toString('latin1').replace(/^(?:\xef\xbb\xbf)+/, '')
  // A quote opens a value at the start of a field only. Inside quotes, line breaks and separators are text.
  const outside = text.replace(/(^|[,\n])"(?:[^"]|"")*"/g, '$1x')
  const lines = outside.split('\n').map(line => line.replace(/\r$/, ''))
  const records = lines.filter(line => line !== '')
  return records.flatMap((line, index) => (index > 0 && /^,+$/.test(line) ? [index] : []))
}

const seen = (related: ReadResult): unknown => related.rows

test('every record of a CSV file is in the relation or rejected, under one number on both ways', async t => {
  const reader = await testReader(t)
  const ways = { direct: 0, irregular: 0, normalised: 0, refused: 0, rejected: 0 }
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }).chain(width => csvFile(width).map(content => ({ width, content }))),
      async ({ width, content }) => {
        const input = csv({ files: ['*'], columns: columns(width) })
        const normalised = await orUndefined(reader.read(input, [content], 'normalised'), RefusedError)
        // Cut off inside quotes, or a first line that is no header: refused before anything is read.
        if (normalised === undefined) {
          ways.refused++
          return
        }
        const isWhole = ({ scanned, emptyRows, ...read }: ReadResult): void => {
          const [seenNumbers = []] = accounted({ scanned, emptyRows, ...read })
          // Rows of separators keep their numbers: the others are not renumbered.
          const empty = emptyRecords(content)
          assert.equal(emptyRows, empty.length)
          assert.equal(scanned[0]?.emptyRows, empty.length)
          assert.deepEqual(
            [[...seenNumbers, ...empty].sort((a, b) => a - b)],
            expected({ scanned, emptyRows, ...read }),
          )
        }
        isWhole(normalised)
        ways.rejected += normalised.rejected.length
        const direct = await orUndefined(reader.read(input, [content], 'direct'), DuckDbError)
        if (direct === undefined) {
          ways.normalised++
          return
        }
        if (direct.scanned.some(({ irregular }) => irregular)) ways.irregular++
        else ways.direct++
        isWhole(direct)
        assert.deepEqual(seen(direct), seen(normalised))
      },
    ),
    // One in 16 files is of its kind, so that once in 10,000 times no other is drawn.
    {
      ...runs,
      examples: [
        [{ width: 1, content: Buffer.from('c1\n1,2\n') }],
        [{ width: 2, content: Buffer.from('c1,c2\n\r,\n,\n') }],
      ],
    },
  )
  t.log(ways)
  // A law that holds because nothing is read would be worth nothing.
  t.true(ways.direct > 0 && ways.irregular > 0 && ways.normalised > 0 && ways.rejected > 0)
})

const shape = {
  id: scalar,
  visits: list(object({ no: scalar, at: scalar })),
  note: object({ text: scalar }, ['extra']),
}
const scalars = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(
      '1',
      '1.50',
      '"x"',
      '"a\\"b\\n"',
      'true',
      'null',
      '-0',
      '12345678901234567890',
      '1e5',
      '0.00001',
      '{1.50:1}',
      '1.50.2',
      '"[{"',
      '"}"',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '0.12345678901234567891',
      '1e400',
      '"\\ud800"',
      '"\\ud83d\\ude00"',
      'NaN',
      'inf',
      '01',
      '"a\nb"',
    ),
  },
)
const space = fc.constantFrom('', '', '', ' ', '\n', '\r\n ')
const visit = fc.tuple(scalars, scalars, space).map(([no, at, gap]) => `{"no":${no},${gap}"at":${at}}`)
const record = fc
  .tuple(scalars, fc.array(visit, { maxLength: 3 }), scalars, space)
  .map(
    ([id, visits, note, gap]) =>
      `{"id":${id},${gap}"visits":[${visits.join(',')}],"note":{"text":${note},"extra":[1]}}`,
  )
const odd = fc.constantFrom(
  'null',
  '5',
  '"x"',
  '[]',
  '{}',
  '{"id":1,"id":2}',
  '{"id":{"a":1}}',
  '{"visits":5}',
  '{"visits":[5]}',
  '{"id":1,}',
  '{"id"}',
  '{"id":"\xff"}',
  'true',
  '{"id":1}{"id":2}',
  '{"id":1} {"id":2}',
)
const anyRecord = fc.oneof({ weight: 5, arbitrary: record }, { weight: 1, arbitrary: odd })

const jsonFile = fc
  .tuple(
    fc.array(anyRecord, { maxLength: 6 }),
    fc.boolean(),
    space,
    fc.boolean(),
    fc.option(fc.tuple(fc.nat(), fc.nat(255)), { freq: 4 }),
  )
  .map(([records, isArray, gap, bom, damage]) => {
    const whole = isArray ? `[${gap}${records.join(`${gap},`)}]${gap}` : records.join('\n')
    const bytes = Buffer.from(`${bom ? '\ufeff' : ''}${whole}`, whole.includes('\xff') && !bom ? 'latin1' : 'utf8')
    if (damage !== null && bytes.length > 0) bytes[damage[0] % bytes.length] = damage[1]
    return bytes
  })

test('every record of a JSON file is in the relation or rejected, on both ways', async t => {
  const reader = await testReader(t)
  const input = json({ files: ['*'], record: shape })
  const ways = { read: 0, refused: 0, rejected: 0, rows: 0 }
  await fc.assert(
    fc.asyncProperty(jsonFile, async content => {
      const direct = await orUndefined(reader.read(input, [content], 'direct'), RefusedError)
      const normalised = await orUndefined(reader.read(input, [content], 'normalised'), RefusedError)
      assert.equal(direct === undefined, normalised === undefined)
      if (direct === undefined || normalised === undefined) {
        ways.refused++
        return
      }
      ways.read++
      ways.rejected += direct.rejected.length
      ways.rows += direct.rows.length
      assert.deepEqual(accounted(direct), expected(direct))
      assert.deepEqual(accounted(normalised), expected(normalised))
      assert.deepEqual(seen(direct), seen(normalised))
    }),
    runs,
  )
  t.log(ways)
  t.true(ways.read > 0 && ways.rejected > 0 && ways.rows > 0)
})
