import { createHash } from 'node:crypto'
import { statSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { requireListed } from '../../pipelines/landing/delivery/complete.ts'
import { judgeDelivery } from '../../pipelines/landing/delivery/judge-delivery.ts'
import { MissingInputError, RefusedError } from '../../pipelines/platform/errors.ts'
import { csv } from '../../pipelines/source/inputs.ts'
import { folderStore } from '../../pipelines/landing/files/folder-landing.ts'
import type { Manifest } from '../../pipelines/landing/delivery/manifest.ts'
import type { Ready } from '../../pipelines/source/transformer.ts'
import { testLanding } from '../helpers/landing.ts'

const batch = { source: 'ward', date: '2023-05-01' }
const at = (name: string): string => `ward/20230501/${name}`
const inputs = { vitals: csv({ files: ['vitals_*.csv'], columns: ['a'], presence: 'optional' }) }
const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex')
const contents = { 'vitals_1.csv': 'a\n1\n', 'vitals_2.csv': 'a\n1\n2\n' } as const

interface Delivery {
  readonly root: string
  readonly folder: string
  readonly write: (name: string, content: string | Uint8Array) => void
  readonly complete: (ready: Ready, now?: Date) => Promise<Manifest | undefined>
}

/** Decides whether a delivery is complete. @returns its manifest */
async function complete(root: string, ignored: string, ready: Ready, now = new Date()): Promise<Manifest | undefined> {
  const declared = { inputs, ignored: [ignored], ready }
  return (await judgeDelivery(folderStore(root, batch), batch, declared, now)).manifest
}

function delivered(t: ExecutionContext, files: Readonly<Record<string, string | Uint8Array>> = contents): Delivery {
  const landing = testLanding(t)
  for (const [name, content] of Object.entries(files)) landing.write(at(name), content)
  return {
    root: landing.root,
    folder: join(landing.root, at('')),
    write: (name, content) => {
      landing.write(at(name), content)
    },
    complete: (ready, now) => complete(landing.root, '*.txt', ready, now),
  }
}

const missing = (message: RegExp) => ({ instanceOf: MissingInputError, message })
const refused = (message: RegExp) => ({ instanceOf: RefusedError, message })
const json = (files: unknown): string => JSON.stringify({ files })
const manifest = 'list'

test('a source that declares no sign is complete as it is', async t => {
  t.is(await delivered(t).complete({}), undefined)
})

test('the marker is awaited by name', async t => {
  const delivery = delivered(t)
  const ready = { marker: 'done_{date}' }
  await t.throwsAsync(delivery.complete(ready), missing(/the marker done_20230501 in /))
  delivery.write('done_20230501', '')
  await t.notThrowsAsync(delivery.complete(ready))
  const shouted = delivered(t, { ...contents, DONE_20230501: '' })
  await t.throwsAsync(shouted.complete(ready), missing(/no such file, but DONE_20230501, which differs in upper and/))
})

test('the manifest is awaited, and blank it is not there yet', async t => {
  const delivery = delivered(t)
  await t.throwsAsync(delivery.complete({ manifest }), missing(/the manifest list in /))
  delivery.write(manifest, '\n')
  await t.throwsAsync(delivery.complete({ manifest }), missing(/list to list files; it is still empty/))
})

test('a manifest in either form says the same', async t => {
  const lines = Object.entries(contents).map(([name, content]) => `${sha256(content)}  ${name}`)
  const entries = Object.entries(contents).map(([name, content]) => ({ name, sha256: sha256(content) }))
  const forms = [
    lines.join('\n'),
    `\ufeff${lines.join('\r\n')}\r\n`,
    lines.map(line => line.replace('  ', ' *./')).join('\n'),
    lines.map(line => line.replace(/^\w+/, hex => hex.toUpperCase())).join('\n'),
    json(entries),
    ` ${JSON.stringify({ created: 'today', files: entries })}`,
  ]
  for (const form of forms) {
    const found = await delivered(t, { ...contents, [manifest]: form }).complete({ manifest })
    t.deepEqual(found, { name: manifest, files: entries }, form)
  }
})

test('the same names come back from either form, whatever they are', async t => {
  const name = fc
    .string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
    .filter(text => !/[/\p{C}\p{Zl}\p{Zp}\ufffd]/u.test(text) && !['.', '..', manifest].includes(text))
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), async names => {
      const hash = sha256('')
      const forms = [
        names.map(one => `${hash}  ${one}\n`).join(''),
        json(names.map(one => ({ name: one, sha256: hash }))),
      ]
      for (const form of forms) {
        const files = Object.fromEntries(names.map(one => [one, '']))
        const landing = delivered(t, { ...files, [manifest]: form })
        const found = await complete(landing.root, '*', { manifest })
        t.deepEqual(
          found?.files.map(file => file.name),
          names,
        )
      }
    }),
    { numRuns: 50 },
  )
})

test('a listed file that is not there is awaited', async t => {
  const list = json(['vitals_1.csv', 'vitals_2.csv', 'vitals_3.csv', 'letter.pdf'].map(name => ({ name })))
  const delivery = delivered(t, { ...contents, [manifest]: list })
  await t.throwsAsync(
    delivery.complete({ manifest }),
    missing(/the 4 files .* found 2; awaited: vitals_3\.csv, letter\.pdf\./),
  )
})

test('a thousand awaited files are counted, not all named', async t => {
  const list = json(Array.from({ length: 1000 }, (_, index) => ({ name: `vitals_x${index}.csv` })))
  const error = await t.throwsAsync(delivered(t, { [manifest]: list }).complete({ manifest }))
  t.regex(error.message, /vitals_x9\.csv and 990 more/)
})

test('a delivered file that the manifest lacks is not complete; an ignored one need not be listed', async t => {
  const delivery = delivered(t, { ...contents, 'note.txt': '', [manifest]: json([{ name: 'vitals_1.csv' }]) })
  await t.throwsAsync(delivery.complete({ manifest }), missing(/lacks .*vitals_2\.csv/))
  delivery.write(manifest, json([{ name: 'vitals_1.csv' }, { name: 'vitals_2.csv' }]))
  await t.notThrowsAsync(delivery.complete({ manifest }))
})

test('a listed size that differs is not complete', async t => {
  const list = json([
    { name: 'vitals_1.csv', bytes: 4 },
    { name: 'vitals_2.csv', bytes: 9 },
  ])
  const delivery = delivered(t, { ...contents, [manifest]: list })
  await t.throwsAsync(delivery.complete({ manifest }), missing(/Expected 9 bytes in vitals_2\.csv.* found 6\./))
})

test('a manifest may list itself as it was before', async t => {
  const list = json([{ name: 'vitals_1.csv' }, { name: 'vitals_2.csv' }, { name: manifest, bytes: 0 }])
  await t.notThrowsAsync(delivered(t, { ...contents, [manifest]: list }).complete({ manifest }))
})

const broken: Readonly<Record<string, readonly [content: string | Uint8Array, message: RegExp]>> = {
  'cut off JSON': ['{"files": [{"name": "vitals_1', /is not well-formed JSON/],
  'JSON without files': ['{"data": []}', /has no list "files"/],
  'files as a map': ['{"files": {"vitals_1.csv": 1}}', /has no list "files"/],
  'an entry that is text': ['{"files": ["vitals_1.csv"]}', /entry 1 of "files" that is not an object/],
  'a key that is unknown': [
    json([{ name: 'vitals_1.csv', rows: 'secret' }]),
    /entry 1 of "files" that is not an object/,
  ],
  'an entry without a name': [json([{ name: 'a' }, { bytes: 1 }]), /entry 2 of "files" with a wrong "name"/],
  'a negative count': [json([{ name: 'vitals_1.csv', records: -1 }]), /with a wrong "records"/],
  'a count with a fraction': [json([{ name: 'vitals_1.csv', records: 1.5 }]), /with a wrong "records"/],
  'a count beyond 2^53': ['{"files": [{"name": "a", "bytes": 90071992547409930}]}', /with a wrong "bytes"/],
  'a hash that is too short': [json([{ name: 'vitals_1.csv', sha256: 'abc' }]), /with a wrong "sha256"/],
  'a path': [json([{ name: '../vitals_1.csv' }]), /with a wrong "name"/],
  'a path in a line': [`${sha256('')}  other/vitals_1.csv`, /a line 1 that is not of that form/],
  'lines of something else': [`${sha256('')}  vitals_1.csv\nvitals_2.csv 17\n`, /a line 2 that is not/],
  'a name twice': [`${sha256('')}  vitals_1.csv\n${sha256('1')}  vitals_1.csv\n`, /lists vitals_1\.csv twice/],
  'not UTF-8': [Uint8Array.of(0x7b, 0xff, 0xfe), /is not UTF-8/],
  'larger than 16 MiB': [Buffer.alloc(16 * 1024 * 1024 + 1, 'a'), /is larger than 16 MiB/],
}

for (const [what, [content, message]] of Object.entries(broken)) {
  test(`a broken manifest is refused: ${what}`, async t => {
    const error = await t.throwsAsync(
      delivered(t, { ...contents, [manifest]: content }).complete({ manifest }),
      refused(message),
    )
    t.notRegex(error.message, /secret|\ufffd/)
  })
}

test('a manifest of 16 MiB is read', async t => {
  const list = json([{ name: 'vitals_1.csv' }, { name: 'vitals_2.csv' }]).padEnd(16 * 1024 * 1024)
  t.is((await delivered(t, { ...contents, [manifest]: list }).complete({ manifest }))?.files.length, 2)
})

test('a manifest may be a link inside the root', async t => {
  const delivery = delivered(t, { ...contents, 'all.txt': json([{ name: 'vitals_1.csv' }, { name: 'vitals_2.csv' }]) })
  symlinkSync('all.txt', join(delivery.folder, manifest))
  t.is((await delivery.complete({ manifest }))?.files.length, 2)
})

test('quiet is counted from the last change of any file or of the folder', async t => {
  const delivery = delivered(t)
  const times = ['', 'vitals_1.csv', 'vitals_2.csv'].map(name => statSync(join(delivery.folder, name)).ctimeMs)
  const last = Math.max(...times)
  const after = (seconds: number): Date => new Date(last + seconds * 1000)
  await t.throwsAsync(
    delivery.complete({ quietSeconds: 60 }, after(41.5)),
    missing(/no change in .* for 60 s, but .* changed 41 s ago\. Run the batch again in 19 s\./),
  )
  await t.throwsAsync(delivery.complete({ quietSeconds: 60 }, after(-500)), missing(/changed 0 s ago/))
  await t.notThrowsAsync(delivery.complete({ quietSeconds: 60 }, after(60.001)))
})

test('a file that a copy made look old has changed just now', async t => {
  const delivery = delivered(t)
  for (const name of Object.keys(contents)) utimesSync(join(delivery.folder, name), 0, 0)
  await t.throwsAsync(delivery.complete({ quietSeconds: 3600 }), missing(/vitals_\d\.csv changed \d+ s ago/))
})

test('a hidden file that is still being written is no quiet', async t => {
  const delivery = delivered(t)
  delivery.write('.vitals_3.csv.Xb2k1', '')
  await t.throwsAsync(delivery.complete({ quietSeconds: 3600 }), missing(/vitals_3\.csv\.Xb2k1|folder itself/))
})

test('all signs must hold', async t => {
  const delivery = delivered(t, { ...contents, done: '' })
  const ready = { marker: 'done', manifest, quietSeconds: 60 }
  await t.throwsAsync(delivery.complete(ready), missing(/the manifest/))
  delivery.write(manifest, json([{ name: 'vitals_1.csv' }, { name: 'vitals_2.csv' }]))
  await t.throwsAsync(delivery.complete(ready), missing(/no change/))
  await t.notThrowsAsync(delivery.complete(ready, new Date(Date.now() + 61_000)))
})

test('what was read is compared with what was listed', t => {
  const read = { name: at('vitals_1.csv'), bytes: 4, sha256: sha256(contents['vitals_1.csv']), records: 1 }
  const listing = (entry: Partial<Manifest['files'][number]>): Manifest => ({
    name: manifest,
    files: [{ name: 'vitals_1.csv', ...entry }],
  })
  const whole = { bytes: read.bytes, sha256: read.sha256, records: read.records }
  t.notThrows(() => {
    requireListed(undefined, [read])
    requireListed(listing({}), [read])
    requireListed(listing(whole), [read])
  })
  const check = (entry: Partial<Manifest['files'][number]>, message: RegExp): void => {
    t.throws(() => {
      requireListed(listing({ ...whole, ...entry }), [read])
    }, missing(message))
  }
  check({ records: 2 }, /Expected 2 records in ward\/20230501\/vitals_1\.csv.* found 1\./)
  check({ bytes: 5 }, /Expected 5 bytes in .*vitals_1\.csv.* found 4\./)
  check({ sha256: sha256('') }, /Expected sha256 e3b0c4.* in .*vitals_1\.csv/)
  check({ name: 'vitals_2.csv' }, /lacks .*vitals_1\.csv/)
})
