import assert from 'node:assert/strict'
import test from 'ava'
import fc from 'fast-check'
import { parse } from 'csv-parse/sync'
import { CsvScanner } from '../../pipelines/read/csv-scanner.ts'
import { JsonScanner, maxDepth } from '../../pipelines/read/json-scanner.ts'

const longestRecord = 32 * 1024 * 1024

function scanJson(bytes: Buffer, size = bytes.length || 1): ReturnType<JsonScanner['end']> {
  const scanner = new JsonScanner(longestRecord)
  for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size))
  return scanner.end()
}

function scanCsv(bytes: Buffer, size = bytes.length || 1): ReturnType<CsvScanner['end']> {
  const scanner = new CsvScanner(longestRecord)
  for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size))
  return scanner.end()
}

const record = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4 }))

test('an array of records is counted as JSON.parse counts it, wherever the chunks break', t => {
  fc.assert(
    fc.property(fc.array(record), fc.integer({ min: 1, max: 9 }), fc.constantFrom(0, 1, 2), (records, size, indent) => {
      const bytes = Buffer.from(JSON.stringify(records, null, indent))
      const scan = scanJson(bytes, size)
      return 'records' in scan && scan.records === records.length && scan.layout === 'array'
    }),
  )
  t.pass()
})

test('records one a line are counted, with and without a last line feed', t => {
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      (records, size, last) => {
        const bytes = Buffer.from(records.map(one => JSON.stringify(one)).join('\r\n') + (last ? '\n' : ''))
        const scan = scanJson(bytes, size)
        return 'records' in scan && scan.records === records.length && scan.layout === 'lines'
      },
    ),
  )
  t.pass()
})

test('a file cut off anywhere before its end is never taken for a whole array', t => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), fc.nat(), (records, at) => {
      const bytes = Buffer.from(JSON.stringify(records))
      return 'fault' in scanJson(bytes.subarray(0, at % (bytes.length - 1)))
    }),
  )
  t.pass()
})

test('what would harm a parser is held off, naming the record', t => {
  const deep = Buffer.from(`[{"a":1},{"a":${'['.repeat(maxDepth)}`)
  t.deepEqual(scanJson(deep), { fault: 'too deep', record: 2 })
  const long = Buffer.from(`[{"a":"${'x'.repeat(longestRecord + 1)}"}]`)
  t.deepEqual(scanJson(long, 1 << 20), { fault: 'too long', record: 1 })
  t.deepEqual(scanJson(Buffer.from('')), { fault: 'empty', record: 0 })
  t.deepEqual(scanJson(Buffer.from('[1] [2]')), { fault: 'after end', record: 1 })
  t.deepEqual(scanJson(Buffer.from('[1,,2]')), { fault: 'unbalanced', record: 1 })
})

const cell = fc.string({ unit: fc.constantFrom('a', ' ', 'é', '😀', '"', ',', '\n', '\r\n', '\\.', ';') })

test('CSV records are counted as csv-parse counts them, with quotes and line breaks in cells', t => {
  const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell), { maxLength: 8 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      (rows, size, end, last) => {
        const lines = [['one', 'two'], ...rows].map(row => row.map(quoted).join(','))
        const bytes = Buffer.from(lines.join(end) + (last ? end : ''))
        const expected = parse(bytes, { columns: true, relax_column_count: true }).length
        const scan = scanCsv(bytes, size)
        return 'records' in scan && scan.records === expected
      },
    ),
  )
  t.pass()
})

test('the escape of NUL is found wherever the chunks break', t => {
  const bytes = Buffer.from('[{"a":"xyz\\u0000"}]')
  for (let size = 1; size <= bytes.length; size++) t.like(scanJson(bytes, size), { records: 1, mayHoldNul: true })
  t.like(scanJson(Buffer.from('[{"a":"\\u0001"}]')), { mayHoldNul: false })
  t.like(scanCsv(Buffer.from('a\nx\0y\n')), { records: 1, mayHoldNul: true })
  t.like(scanCsv(Buffer.from('a\nxy\n')), { mayHoldNul: false })
})

test('what no text of a file can hold is known wherever the chunks break', t => {
  const clean = { mayHoldControl: false, mayHoldNonAscii: false }
  const files: readonly (readonly [string, typeof clean])[] = [
    ['a,b\n1,"x y"\n', clean],
    ['\uFEFFa,b\r\n1,2\r\n', clean],
    ['a,b\n1,é\n', { mayHoldControl: false, mayHoldNonAscii: true }],
    ['a,b\n1,x\ty\n', { mayHoldControl: true, mayHoldNonAscii: false }],
    // A SELECT may take the escape for what it stands for.
    ['a,b\n1,\\u00e9\n', { mayHoldControl: true, mayHoldNonAscii: false }],
  ]
  for (const [text, expected] of files) {
    const bytes = Buffer.from(text)
    for (let size = 1; size <= bytes.length; size++) t.like(scanCsv(bytes, size), expected, JSON.stringify(text))
  }
  const escaped = { mayHoldControl: true, mayHoldNonAscii: true }
  for (const [text, expected] of [
    ['[{"a":"x y"}]', clean],
    ['[{"a":"é"}]', { mayHoldControl: false, mayHoldNonAscii: true }],
    ['[{"a":"\\u00e9"}]', escaped],
  ] as const) {
    const bytes = Buffer.from(text)
    for (let size = 1; size <= bytes.length; size++) t.like(scanJson(bytes, size), expected, text)
  }
})

test('a CSV file that ends inside quotes is cut off', t => {
  t.deepEqual(scanCsv(Buffer.from('a,b\n1,"2\n3,4\n')), { fault: 'cut off', record: 1 })
})

const messy = fc
  .array(
    fc.constantFrom(
      'a',
      ' ',
      'é',
      '"',
      '"',
      ',',
      ',',
      '\n',
      '\n',
      '\r\n',
      '\r',
      '\0',
      '\ufeff',
      '{',
      '}',
      '[',
      ']',
      ':',
      '\\',
      '1',
      '.',
      'e',
      '0'.repeat(20),
      '1'.repeat(20),
    ),
    { maxLength: 30 },
  )
  .map(pieces => Buffer.from(pieces.join('')))

test('what a scan finds does not hang on where the chunks break', t => {
  fc.assert(
    fc.property(messy, fc.integer({ min: 1, max: 9 }), (bytes, size) => {
      assert.deepEqual(scanCsv(bytes, size), scanCsv(bytes))
      assert.deepEqual(scanJson(bytes, size), scanJson(bytes))
    }),
    { numRuns: 2000 },
  )
  t.pass()
})

test('a quote opens at the start of a field only', t => {
  t.like(scanCsv(Buffer.from('a,b\n1,5" x\n2,"x\ny"\n3,"x"y"\n4,\n')), { records: 4 })
  t.like(scanCsv(Buffer.from('\ufeff"a\n",b\n1,2\n')), { records: 1, irregular: false })
  const tabs = new CsvScanner(longestRecord, '\t')
  tabs.push(Buffer.from('a\tb\n1\t"x\ny"\n2,"\tz\n'))
  t.like(tabs.end(), { records: 2, irregular: false })
})

test('blank lines are no records, whatever ends them', t => {
  t.like(scanCsv(Buffer.from('a,b\n\n1,2\n\n\n3,4\n\n')), { records: 2, irregular: false })
  t.like(scanCsv(Buffer.from('a,b\r\n\r\n1,2\r\n\r\n')), { records: 1, irregular: false })
  t.like(scanCsv(Buffer.from('a\n\n1\n')), { records: 1, irregular: true })
})

test('only numbers that DuckDB would print in another way are told of', t => {
  const isRespelt = (number: string): unknown => {
    const scan = scanJson(Buffer.from(`[{"a":${number}}]`))
    return 'respeltNumbers' in scan && scan.respeltNumbers
  }
  for (const number of [
    '1.5',
    '1.0',
    '-0.0',
    '0',
    '100',
    '10.01',
    '36.6',
    '12345678901234567890',
    '0.000123456789012345',
    '"1.50"',
    '"0.1234567890123456"',
  ]) {
    t.false(isRespelt(number), number)
  }
  const long = ['0.1234567890123456', '1234567890123456.5', '1.234567890123456e1', '1e400', '1e-400']
  for (const number of [...long, '1.50', '1.00', '-0', '0.00', '0.00001', '1E5', '-1e22', '0.10']) {
    t.true(isRespelt(number), number)
  }
})

test('a broken line does not take the next ones with it, a broken end does', t => {
  t.like(scanJson(Buffer.from('{"a":1}\n{"a":"x\n{"a":[{"b":\n}]}\n{"a":4}')), { records: 5 })
  t.deepEqual(scanJson(Buffer.from('{"a":1}\n{"a":[')), { fault: 'cut off', record: 2 })
})
