import { gzipSync } from 'node:zlib'

/** A value that may stand in the quarantine and nowhere else. */
export const canary = 'CANARY-7f3a'

/** What becomes of a delivery. */
export type Expected =
  /** Refused before a row is staged; the message matches. */
  | { readonly code: 3 | 4; readonly says: RegExp }
  /** Published: so many patients, and these rules in the quarantine, by record. */
  | { readonly code: 0; readonly loaded: number; readonly quarantined?: readonly (readonly [number, string])[] }

/** One delivery that should trouble a loader. */
export interface Hostile {
  readonly what: string
  readonly file: 'people.csv' | 'people.csv.gz' | 'visit_events.json' | 'visit_events.json.gz'
  readonly content: () => Buffer
  readonly expected: Expected
}

const header = 'id,name,born\n'
const text = (content: string) => (): Buffer => Buffer.from(content)
const rows = (count: number, from = 1): string =>
  Array.from({ length: count }, (_, index) => `P${from + index},Avery ${from + index},1980-01-31\n`).join('')
const person = (id: string, name = 'Avery'): string => JSON.stringify({ patient_id: id, name, visits: [] })

/** A row over the 8 MiB that a record may have. */
const oversized = `P0,${canary}${'x'.repeat(9 << 20)},1980-01-31\n`
const tooLong: Expected = { code: 3, says: /a record is longer than (32|8) MiB/ }

const csvFiles: readonly (readonly [string, () => Buffer, Expected])[] = [
  ['an oversized row first', text(header + oversized + rows(2)), tooLong],
  ['an oversized row in the middle', text(header + rows(1) + oversized + rows(1, 2)), tooLong],
  ['an oversized row last', text(header + rows(2) + oversized), tooLong],
  [
    'an unterminated quote',
    text(`${header}${rows(2)}P3,"${canary},1980-01-31\n`),
    { code: 3, says: /middle of a record/ },
  ],
  [
    'too few columns',
    text(`${header}${rows(1)}P2,${canary}\n${rows(1, 3)}`),
    { code: 0, loaded: 2, quarantined: [[2, 'columns']] },
  ],
  [
    'too many columns',
    text(`${header}${rows(1)}P2,${canary},1980-01-31,more\n${rows(1, 3)}`),
    { code: 0, loaded: 2, quarantined: [[2, 'columns']] },
  ],
  [
    'a renamed column',
    text(`id,full_name,born\n${rows(2)}`),
    { code: 3, says: /lacks name.*does not declare: full_name/ },
  ],
  ['a missing column', text('id,born\nP1,1980-01-31\n'), { code: 3, says: /lacks name/ }],
  ['an unknown column', text(`id,name,born,${canary}-001\nP1,Avery,1980-01-31,x\n`), { code: 3, says: /column 4/ }],
  ['reordered columns', text('born,id,name\n1980-01-31,P1,Avery\n'), { code: 0, loaded: 1 }],
  ['no header', text(`P1,${canary},1980-01-31\n${rows(1, 2)}`), { code: 3, says: /lacks id, name, born/ }],
  [
    'an unquoted \\. row',
    text(`${header}${rows(1)}\\.\n${rows(1, 3)}`),
    { code: 0, loaded: 2, quarantined: [[2, 'columns']] },
  ],
  ['a \\. as a value', text(`${header}\\.,\\.,1980-01-31\n`), { code: 0, loaded: 1 }],
  ['a byte order mark', text(`\uFEFF${header}${rows(2)}`), { code: 0, loaded: 2 }],
  ['UTF-16 with a mark', () => Buffer.from(`\uFEFF${header}${rows(2)}`, 'utf16le'), { code: 3, says: /UTF-16/ }],
  ['UTF-16 without a mark', () => Buffer.from(header + rows(2), 'utf16le'), { code: 3, says: /UTF-16/ }],
  [
    'Latin-1',
    () => Buffer.from(`${header}${rows(1)}P2,Andr\xe9 ${canary},1980-01-31\n${rows(1, 3)}`, 'latin1'),
    { code: 0, loaded: 2, quarantined: [[2, 'encoding']] },
  ],
  [
    'bytes that are no UTF-8',
    () =>
      Buffer.concat([
        Buffer.from(`${header}P1,${canary}`),
        Buffer.from([0xf0, 0x28, 0x8c, 0x28]),
        Buffer.from(`,\n${rows(1, 2)}`),
      ]),
    { code: 0, loaded: 1, quarantined: [[1, 'encoding']] },
  ],
  [
    'NUL in a value',
    text(`${header}${rows(1)}P2,${canary}\0,1980-01-31\n`),
    { code: 0, loaded: 1, quarantined: [[2, 'nul']] },
  ],
  ['CR LF', text((header + rows(3)).replaceAll('\n', '\r\n')), { code: 0, loaded: 3 }],
  [
    'CR LF and LF mixed',
    text(`id,name,born\r\nP1,Avery,1980-01-31\nP2,Avery,1980-01-31\r\n${rows(1, 3)}`),
    { code: 0, loaded: 3 },
  ],
  ['CR alone', text((header + rows(3)).replaceAll('\n', '\r')), { code: 3, says: /CR alone/ }],
  [
    'line breaks inside quotes',
    text(`${header}P1,"Avery\nSample\r\n",1980-01-31\n${rows(1, 2)}`),
    { code: 0, loaded: 2 },
  ],
  ['an empty file', text(''), { code: 3, says: /not even a header/ }],
  ['a header only', text(header), { code: 3, says: /found none/ }],
  ['blank lines', text(`${header}\n${rows(1)}\n\n${rows(1, 2)}\n`), { code: 0, loaded: 2 }],
  ['a last line without its end', text(`${header}${rows(1)}P2,Avery,1980-01-31`), { code: 0, loaded: 2 }],
  [
    'a text of 3 MB',
    text(`${header}P1,${canary}${'x'.repeat(3 << 20)},1980-01-31\n${rows(1, 2)}`),
    { code: 0, loaded: 1, quarantined: [[1, 'length']] },
  ],
  [
    '10,000 columns',
    text(`${Array.from({ length: 10_000 }, (_, index) => `c${index}`).join(',')}\n${'1,'.repeat(9_999)}1\n`),
    { code: 3, says: /lacks id, name, born/ },
  ],
  ['a name twice in the header', text(`id,name,name,born\nP1,a,b,1980-01-31\n`), { code: 3, says: /twice/ }],
  ['numbers where text is meant', text(`${header}007,12e5,1980-01-31\n`), { code: 0, loaded: 1 }],
  ['a formula', text(`${header}P1,"=cmd|'/c calc'!A0",1980-01-31\n`), { code: 0, loaded: 1 }],
  ['a quote inside a plain field', text(`${header}P1,6" Avery,1980-01-31\n${rows(1, 2)}`), { code: 0, loaded: 2 }],
  [
    'text behind a closing quote',
    text(`${header}P1,"Avery" ${canary},1980-01-31\n${rows(1, 2)}`),
    { code: 0, loaded: 1, quarantined: [[1, 'quote']] },
  ],
]

const jsonFiles: readonly (readonly [string, () => Buffer, Expected])[] = [
  ['JSON cut off', text(`[${person('P1', canary)}, {"patient_id": "P2", "na`), { code: 3, says: /middle of a record/ }],
  ['300 KB of nested [', text('['.repeat(300_000)), { code: 3, says: /nested more than 64 deep/ }],
  [
    '300 KB of nested [ in a record',
    text(`[{"patient_id":"P1","name":${'['.repeat(150_000)}${']'.repeat(150_000)}}]`),
    { code: 3, says: /nested more than 64 deep/ },
  ],
  [
    'one name twice in an object',
    text(`[{"patient_id":"P1","patient_id":"${canary}","name":"a","visits":[]},${person('P2')}]`),
    { code: 0, loaded: 1, quarantined: [[1, 'shape']] },
  ],
  [
    'half of a surrogate pair',
    text(`[{"patient_id":"P1","name":"${canary} \\ud800","visits":[]},${person('P2')}]`),
    { code: 0, loaded: 1, quarantined: [[1, 'encoding']] },
  ],
  [
    'a number where an object should be',
    text(`[17,${person('P2')}]`),
    { code: 0, loaded: 1, quarantined: [[1, 'shape']] },
  ],
  [
    'a list where an object should be',
    text(`[["${canary}"],${person('P2')}]`),
    { code: 0, loaded: 1, quarantined: [[1, 'shape']] },
  ],
  [
    'null where an object should be',
    text(`[null,${person('P2')}]`),
    { code: 0, loaded: 1, quarantined: [[1, 'shape']] },
  ],
  ['a text as the whole file', text(`"${canary}"`), { code: 3, says: /none of the|1 of 1 row/ }],
  [
    'an object where a text should be',
    text(`[{"patient_id":{"a":"${canary}"},"name":"a","visits":[]},${person('P2')}]`),
    { code: 0, loaded: 1, quarantined: [[1, 'shape']] },
  ],
  [
    'numbers beyond 2^53 and of 20 digits',
    text('[{"patient_id":9007199254740993,"name":12345678901234567890,"visits":[]}]'),
    { code: 0, loaded: 1 },
  ],
  [
    'a number with more digits than a double has',
    text('[{"patient_id":"P1","name":0.12345678901234567890,"visits":[]}]'),
    { code: 0, loaded: 1 },
  ],
  [
    'NUL, escaped',
    text(`[{"patient_id":"P1","name":"${canary}\\u0000","visits":[]},${person('P2')}]`),
    { code: 0, loaded: 1, quarantined: [[1, 'nul']] },
  ],
  [
    'bytes that are no UTF-8 in JSON',
    () =>
      Buffer.concat([
        Buffer.from(`[{"patient_id":"P1","name":"${canary}`),
        Buffer.from([0xe9]),
        Buffer.from(`","visits":[]},${person('P2')}]`),
      ]),
    { code: 0, loaded: 1, quarantined: [[1, 'encoding']] },
  ],
  [
    'a broken record among lines',
    text(`${person('P1')}\n{"patient_id": ${canary}}\n${person('P3')}\n`),
    { code: 0, loaded: 2, quarantined: [[2, 'json']] },
  ],
  ['two lists', text(`[${person('P1')}][${person('P2', canary)}]`), { code: 3, says: /follows the end of the list/ }],
  ['an empty JSON file', text(''), { code: 3, says: /found none/ }],
  ['UTF-16 JSON', () => Buffer.from(`\uFEFF[${person('P1', canary)}]`, 'utf16le'), { code: 3, says: /UTF-16/ }],
  [
    'a JSON text of 3 MB',
    text(`[${person('P1', 'x'.repeat(3 << 20))},${person('P2')}]`),
    { code: 0, loaded: 1, quarantined: [[1, 'length']] },
  ],
]

const packed: readonly Hostile[] = [
  {
    what: 'gzip cut off',
    file: 'people.csv.gz',
    content: () => gzipSync(header + rows(2000)).subarray(0, 500),
    expected: { code: 3, says: /damaged or cut off/ },
  },
  {
    what: 'a gzip that unpacks 1000-fold',
    file: 'people.csv.gz',
    content: () => gzipSync(Buffer.concat([Buffer.from(header), Buffer.alloc(200 << 20, rows(1))])),
    expected: { code: 3, says: /unpack/ },
  },
  {
    what: 'text that says it is gzip',
    file: 'visit_events.json.gz',
    content: text(`[${person('P1', canary)}]`),
    expected: { code: 3, says: /damaged or cut off/ },
  },
]

/** Every delivery. */
export const corpus: readonly Hostile[] = [
  ...csvFiles.map(([what, content, expected]): Hostile => ({ what, file: 'people.csv', content, expected })),
  ...jsonFiles.map(([what, content, expected]): Hostile => ({ what, file: 'visit_events.json', content, expected })),
  ...packed,
]
