import { gzipSync } from 'node:zlib'
import test from 'ava'
import fc from 'fast-check'
import { RefusedError } from '../../pipelines/platform/errors.ts'
import { csv } from '../../pipelines/source/inputs.ts'
import { CsvScanner } from '../../pipelines/read/csv-scanner.ts'
import { testReader } from './read-files.ts'

const visits = csv({ files: ['*'], columns: ['id', 'note'], delimiter: ';' })
const ways = ['direct', 'normalised'] as const
const two = [
  { file_no: 1, record_no: 1, id: '1', note: 'x' },
  { file_no: 1, record_no: 2, id: '2', note: 'y' },
]

test('columns without a name are left out where they hold no value', async t => {
  const { read } = await testReader(t)
  for (const how of ways) {
    t.deepEqual((await read(visits, ['id;note;;\r\n1;x;;\r\n2;y; ;\r\n'], how)).rows, two)
    // Excel leaves out empty columns at the end of some lines.
    t.deepEqual((await read(visits, ['id;note;;\n1;x;;\n2;y\n'], how)).rows, two)
    t.deepEqual((await read(visits, ['id;"";note\n1;;x\n2;"";y\n'], how)).rows, two)
    const error = await t.throwsAsync(read(visits, ['id;note;;\n1;x;;\n2;y;;Canary\n'], how), {
      instanceOf: RefusedError,
    })
    t.regex(error.message, /no value in a column without a name in .*, found one in column 4 of record 2\./)
    t.notRegex(error.message, /Canary/)
  }
})

test('a first line sep= sets the separator of its file and no other', async t => {
  const { read } = await testReader(t)
  const input = csv({ files: ['*'], columns: ['id', 'note'] })
  const lines = [
    'sep=;\r\nid;note\r\n1;x\r\n2;y\r\n',
    '\ufeffSEP=|\nid|note\n1|x\n2|y\n',
    '"sep=\t"\nid\tnote\n1\tx\n2\ty',
  ]
  for (const how of ways) {
    const { rows } = await read(input, [...lines.slice(0, 2), 'id,note\n1,x\n2,y\n'], how)
    t.deepEqual(rows, [
      ...two,
      ...two.map(row => ({ ...row, file_no: 2 })),
      ...two.map(row => ({ ...row, file_no: 3 })),
    ])
    t.deepEqual((await read(input, [lines[2] ?? ''], how)).rows, two)
    t.deepEqual((await read(input, [gzipSync(lines[0] ?? '')], how)).rows, two)
    const wide = Buffer.from(`\ufeff${lines[0] ?? ''}`, 'utf16le')
    t.deepEqual((await read({ ...input, encoding: 'utf-16le' }, [wide], how)).rows, two)
  }
  const error = await t.throwsAsync(read(input, ['sep=#\nid#note\n1#x\n']), { instanceOf: RefusedError })
  t.regex(error.message, /comma, semicolon, tab or \|/)
  await t.throwsAsync(read(input, ['sep=;\n']), { instanceOf: RefusedError, message: /not even a header/ })
})

test('lines above the header are skipped, whatever they contain', async t => {
  const { read } = await testReader(t)
  const input = { ...visits, skip: 2 }
  for (const how of ways) {
    t.deepEqual((await read(input, ['Report of "Ward 5;\n\nid;note\n1;x\n2;y\n'], how)).rows, two)
    t.deepEqual((await read(input, ['\ufeffsep=;\r\nReport;;\r\n;;;\r\nid;note\r\n1;x\r\n2;y'], how)).rows, two)
    await t.throwsAsync(read(input, ['id;note\n1;x\n'], how), {
      instanceOf: RefusedError,
      message: /not even a header/,
    })
  }
})

test('rows of separators alone are removed and counted, and the others keep their numbers', async t => {
  const { read } = await testReader(t)
  for (const how of ways) {
    const content = 'id;note\r\n;\r\n1;x\r\n\r\n;;;;\r\n2;y\r\n"";\r\n;'
    const { rows, emptyRows, scanned, rejected } = await read(visits, [content], how)
    t.deepEqual(
      rows.map(({ record_no: no, id }) => [no, id]),
      [
        [2, '1'],
        [4, '2'],
        [5, null],
      ],
    )
    t.deepEqual([emptyRows, scanned[0]?.emptyRows, scanned[0]?.records, rejected], [3, 3, 6, []])
  }
})

test('rows of separators are counted alike wherever the chunks break', t => {
  const line = fc.constantFrom(';', ';;', ';;;', ';a', 'a;', '', '";"', ';\r;', '"\n;\n"', ';"\n"')
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.integer({ min: 1, max: 9 }),
      (lines, end, last, size) => {
        const bytes = Buffer.from(`a;b${end}${lines.join(end)}${last ? end : ''}`)
        const scanner = new CsvScanner(1 << 20, ';')
        for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size))
        const scan = scanner.end()
        return 'emptyRows' in scan && scan.emptyRows === lines.filter(one => /^;+$/.test(one)).length
      },
    ),
    { numRuns: 500 },
  )
  t.pass()
})

test('a loose header is compared without case and outer blanks; two columns of one name are refused', async t => {
  const { read } = await testReader(t)
  const input = { ...visits, headers: 'loose', ignored: ['Room'] } as const
  for (const how of ways) {
    t.deepEqual((await read(input, [' ID;room ; Note\u00a0\n1;7;x\n2;;y\n'], how)).rows, two)
    const refuses = async (content: string, words: RegExp): Promise<void> => {
      await t.throwsAsync(read(input, [content], how), { instanceOf: RefusedError, message: words })
    }
    await refuses('id;note;Id \n1;x;y\n', /has id twice/)
    await refuses('id;note;ward;WARD\n1;x;y;z\n', /ward, WARD and has WARD twice/)
    await refuses('id;room\n1;x\n', /id, note, ignoring case and outer blanks, in .*lacks note/)
  }
})
