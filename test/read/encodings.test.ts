import { gzipSync } from 'node:zlib'
import test from 'ava'
import { RefusedError } from '../../pipelines/platform/errors.ts'
import { csv } from '../../pipelines/source/inputs.ts'
import { type Reader, testReader } from './read-files.ts'

const text = 'id,name\n1,Jörg Müller\n2,x\n'

/** How a file can be encoded; `mark` is what may stand before it. */
const files: Readonly<Record<string, { readonly mark: string; readonly bytes: Buffer }>> = {
  'utf-8': { mark: 'UTF-8', bytes: Buffer.from(`\ufeff${text}`) },
  'utf-16le': { mark: 'UTF-16LE', bytes: Buffer.from(`\ufeff${text}`, 'utf16le') },
  'utf-16be': { mark: 'UTF-16BE', bytes: Buffer.from(`\ufeff${text}`, 'utf16le').swap16() },
}
const markLength: Readonly<Record<string, number>> = { 'utf-8': 3, 'utf-16le': 2, 'utf-16be': 2 }

const declarations = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'iso-8859-1',
  'iso-8859-7',
  'windows-1251',
  'koi8-r',
  'macintosh',
  'shift_jis',
  'euc-kr',
  'big5',
  'gb18030',
]

const input = (encoding: string): ReturnType<typeof csv> => csv({ files: ['*'], columns: ['id', 'name'], encoding })

async function names({ read }: Reader, encoding: string, bytes: Buffer): Promise<readonly unknown[]> {
  const { rows } = await read(input(encoding), [bytes])
  return rows.map(({ name }) => name)
}

test('a byte order mark that contradicts the declaration refuses the file, one that agrees is taken off', async t => {
  const reader = await testReader(t)
  for (const declared of declarations) {
    for (const [actual, { mark, bytes }] of Object.entries(files)) {
      for (const content of [bytes, gzipSync(bytes), bytes.subarray(0, markLength[actual])]) {
        if (declared === actual) {
          if (content.length > 4) t.deepEqual(await names(reader, declared, content), ['Jörg Müller', 'x'])
          continue
        }
        const error = await t.throwsAsync(names(reader, declared, content), { instanceOf: RefusedError }, declared)
        const words = `source/20230501/one in ${declared === 'iso-8859-1' ? 'windows-1252' : declared}, .* byte order mark of ${mark}\\. Declare encoding: '${actual}'`
        t.regex(error.message, new RegExp(words))
      }
    }
  }
})

test('a file of another encoding without a mark never loads its letters as others in silence', async t => {
  const reader = await testReader(t)
  for (const declared of declarations) {
    for (const [actual, { bytes }] of Object.entries(files)) {
      const content = bytes.subarray(markLength[actual])
      if (declared === actual) {
        t.deepEqual(await names(reader, declared, content), ['Jörg Müller', 'x'])
        continue
      }
      try {
        const { rows, rejected, scanned } = await reader.read(input(declared), [content], 'normalised')
        const isRight = rows.length + rejected.length === 2 && scanned[0]?.looksUtf8 === true
        t.true(isRight, `${actual} declared as ${declared}`)
      } catch (error) {
        t.true(error instanceof RefusedError, String(error))
      }
    }
  }
})

test('valid UTF-8 is told from ASCII and from the declared encoding, wherever chunks break', async t => {
  const { read } = await testReader(t)
  const looksUtf8 = async (bytes: Buffer, encoding = 'windows-1252'): Promise<unknown> =>
    (await read(input(encoding), [bytes])).scanned[0]?.looksUtf8
  t.true(await looksUtf8(Buffer.from(text)))
  t.true(await looksUtf8(gzipSync(text)))
  t.false(await looksUtf8(Buffer.from(text, 'latin1')))
  t.false(await looksUtf8(Buffer.from('id,name\n1,x\n')))
  t.false(await looksUtf8(Buffer.from(text), 'utf-8'))
  t.false(await looksUtf8(Buffer.concat([Buffer.from(text), Buffer.from('3,Jörg', 'latin1'), Buffer.from('\n')])))
  t.false(await looksUtf8(Buffer.concat([Buffer.from(text), Buffer.from([0x33, 0x2c, 0xc3])])))
  // Chunks are of 1 MiB, and of 256 KiB where they are unpacked.
  for (const letter of ['ü', '€', '😀']) {
    const filler = (length: number): string => `id,name\n1,${'x'.repeat(length - 10)}`
    for (let shift = 0; shift < 4; shift++) {
      const long = Buffer.from(`${filler((1 << 20) - shift)}${letter}y\n`)
      t.true(await looksUtf8(long), `${letter} ${shift}`)
      t.true(await looksUtf8(gzipSync(long, { level: 1 })), `${letter} ${shift}, packed`)
    }
  }
})
