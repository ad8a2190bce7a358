import test from 'ava'
import fc from 'fast-check'
import {
  cleanIdentifier,
  cleanIdentifierSql,
  holdsInvisibleSql,
  isOddSql,
  spelledSql,
} from '../../pipelines/contract/identifier.ts'
import { holdsInvisible } from '../../pipelines/contract/invisible.ts'
import { testEngine } from '../helpers/engine.ts'
import { relationOf } from '../helpers/verdicts.ts'

const every = 'range(0, 1114112) as points (point) where point not between 55296 and 57343'
const points = Array.from({ length: 0x110000 }, (_, point) => point).filter(point => point < 0xd800 || point > 0xdfff)

/** Every text that a code point makes with letters around it. */
const forms = [
  (point: string): string => `A${point}B`,
  (point: string): string => point,
  (point: string): string => `${point}\u0301`,
]
const formsSql = [`'A' || point || 'B'`, 'point', 'point || chr(769)']

test.serial('Node and DuckDB clean every code point alike, and find the same ones invisible', async t => {
  const db = await testEngine(t)
  for (const [n, form] of forms.entries()) {
    // Nothing is assigned between the fourth plane and the fifteenth: to look at all of it once is enough.
    const last = n === 0 ? 0x10ffff : 0x3ffff
    const text = (formsSql[n] ?? '').replaceAll('point', 'chr(point::integer)')
    const cleaned = `select *, ${holdsInvisibleSql('clean')} as invisible, clean <> text as changed
      from (select *, ${cleanIdentifierSql('text')} as clean
      from (select point::integer as point, ${text} as text from ${every} and point <= ${last}))`
    const [found] = await db.rows(
      `select
         to_json(list(point order by point) filter (where invisible))::varchar as invisible,
         to_json(list([point::varchar, hex(encode(clean))] order by point) filter (where changed and not invisible))::varchar as changed,
         (count(*) filter (where (changed or invisible) and not (${isOddSql('text', { control: true, nonAscii: true })})))::integer as missed,
         (count(*) filter (where (changed or invisible) and point >= 32 and point <> 127 and not (${isOddSql('text', { control: false, nonAscii: true })})))::integer as missed_without_controls,
         (count(*) filter (where (changed or invisible) and point between 32 and 126 and ${n} < 2 and not (${isOddSql('text', { control: false, nonAscii: false })})))::integer as missed_in_ascii
       from (${cleaned})`,
    )
    const invisible: number[] = []
    const changed: (readonly string[])[] = []
    for (let point = 0; point <= last; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue
      const delivered = form(String.fromCodePoint(point))
      const clean = cleanIdentifier(delivered)
      if (holdsInvisible(clean)) invisible.push(point)
      else if (clean !== delivered) changed.push([String(point), Buffer.from(clean).toString('hex').toUpperCase()])
    }
    // As text: to compare 827,914 elements takes ten seconds.
    t.true(found?.['invisible'] === JSON.stringify(invisible), `form ${n}`)
    t.true(found?.['changed'] === JSON.stringify(changed), `form ${n}`)
    t.is(found?.['missed'], 0, `form ${n}: visible ASCII alone is clean`)
    t.is(found?.['missed_without_controls'], 0, `form ${n}: so it is without control characters`)
    t.is(found?.['missed_in_ascii'], 0, `form ${n}: blanks at the ends are all that ASCII leaves`)
  }
})

test.serial('the code point before the trailing consonants of Hangul is kept after a syllable', async t => {
  const db = await testEngine(t)
  const texts = ['\uc8e0\u11a7x', '\u110c\u116d\u11a7\u0301', '\uc8e0\u11a7\u11a8', '\u11a7', '\u11a7\u11a7A']
  const rows = await db.rows(
    `select hex(encode(${cleanIdentifierSql('raw')})) as hex from ${relationOf(texts)} order by n`,
  )
  t.deepEqual(
    rows.map(row => row['hex']),
    texts.map(text => Buffer.from(text.normalize('NFC')).toString('hex').toUpperCase()),
  )
})

test.serial('Node and DuckDB clean every sequence alike', async t => {
  const db = await testEngine(t)
  const composing = points.filter(point => {
    const text = String.fromCodePoint(point)
    return !holdsInvisible(text) && (text.normalize('NFD') !== text || /\p{M}/u.test(text))
  })
  const jamo = Array.from({ length: 0x1200 - 0x1100 }, (_, n) => 0x1100 + n)
  const pool = [...composing, ...jamo, ...Array.from(' \t\u00a0\u200b\u0085AEaeo0').map(one => one.codePointAt(0) ?? 0)]
  const sequence = fc
    .array(fc.constantFrom(...pool), { minLength: 1, maxLength: 6 })
    .map(list => String.fromCodePoint(...list))
  await fc.assert(
    fc.asyncProperty(fc.array(sequence, { minLength: 500, maxLength: 2000, size: 'max' }), async texts => {
      const rows = await db.rows(
        `select hex(encode(clean)) as hex, ${holdsInvisibleSql('clean')} as invisible
         from (select n, ${cleanIdentifierSql('raw')} as clean from ${relationOf(texts)}) order by n`,
      )
      const cleaned = texts.map(cleanIdentifier)
      const wrong = texts.filter((_, n) => {
        const clean = cleaned[n] ?? ''
        const isInvisible = holdsInvisible(clean)
        if (rows[n]?.['invisible'] !== isInvisible) return true
        return !isInvisible && rows[n]['hex'] !== Buffer.from(clean).toString('hex').toUpperCase()
      })
      t.deepEqual(
        wrong.map(text => JSON.stringify(text)),
        [],
      )
    }),
    { numRuns: 12 },
  )
})

test.serial('what cannot be seen, in one table for all versions', t => {
  const seen = ['M-1 / 2', 'é', 'Ø', 'ß', '患者', '\ue000', '٣', 'नि']
  const unseen = [
    ...[
      '\0',
      '\t',
      '\n',
      '\x7f',
      '\x85',
      '\u00a0',
      '\u00ad',
      '\u034f',
      '\u061c',
      '\u115f',
      '\u17b4',
      '\u180e',
      '\u2003',
    ],
    ...['\u200b', '\u200c', '\u200d', '\u200e', '\u2028', '\u202e', '\u2060', '\u2066', '\u2800', '\u3164', '\ufe0f'],
    ...['\ufeff', '\uffa0', '\ufff9', '\uffff', '\ud800', '\u{e0041}', '\u{e0100}', '\u0378', '\u{1c89}', '\u{10ffff}'],
  ]
  t.deepEqual(
    seen.filter(text => holdsInvisible(text)),
    [],
  )
  t.deepEqual(
    unseen.filter(text => !holdsInvisible(`M${text}1`)).map(text => JSON.stringify(text)),
    [],
  )
})

test.serial('a source that says so has one spelling for the case and the leading zeros of an identifier', async t => {
  const db = await testEngine(t)
  const spelled = async (how: Parameters<typeof spelledSql>[1], texts: readonly string[]): Promise<unknown> => {
    const rows = await db.rows(`select ${spelledSql('raw', how)} as id from ${relationOf(texts)} order by n`)
    return rows.map(row => row['id'])
  }
  const ids = ['m1', 'M1', 'É1', 'é1', 'ẞ', '42', '00000042', '123456789', '4a', '٣', '']
  t.deepEqual(await spelled({}, ids), ids)
  const lower = ['m1', 'm1', 'é1', 'é1', 'ß', '42', '00000042', '123456789', '4a', '٣', '']
  t.deepEqual(await spelled({ caseless: true }, ids), lower)
  const padded = ['m1', 'M1', 'É1', 'é1', 'ẞ', '00000042', '00000042', '123456789', '4a', '٣', '']
  t.deepEqual(await spelled({ pad: 8 }, ids), padded)
  t.deepEqual(await spelled({ caseless: true, pad: 3 }, ['7A', '7']), ['7a', '007'])
})

test.serial('lower case makes no identifier longer, unclean or visible', async t => {
  const db = await testEngine(t)
  const lower = spelledSql('clean', { caseless: true })
  const wrong = await db.rows(
    `select point from (
       select point, clean, ${lower} as folded
       from (select point, ${cleanIdentifierSql('chr(point::integer)')} as clean from ${every})
     )
     where ${holdsInvisibleSql('clean')} <> ${holdsInvisibleSql('folded')}
       or (not ${holdsInvisibleSql('clean')} and (length(folded) > length(clean) or folded <> ${cleanIdentifierSql('folded')}))`,
  )
  t.deepEqual(wrong, [])
})
