import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { z } from 'zod'
import { MissingInputError, RefusedError } from '../../platform/errors.ts'
import { quoteName } from '../../platform/file-name.ts'
import { repeatsName } from '../../platform/json-names.ts'
import type { LandingEntry } from '../files/list-folder.ts'

const listedFile = z.strictObject({
  name: z
    .string()
    .regex(/^(?:\.\/)?[^/\p{Cc}]{1,255}$/u)
    .transform(name => name.replace(/^\.\//, '')),
  records: z.int().nonnegative().optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/)
    .transform(hex => hex.toLowerCase())
    .optional(),
  bytes: z.int().nonnegative().optional(),
})

/** What a manifest says of one delivered file; only the name is always there. */
export type ListedFile = z.infer<typeof listedFile>

/** A delivery as its sender lists it. */
export interface Manifest {
  /** Name of the manifest's own file. */
  readonly name: string
  readonly files: readonly ListedFile[]
}

/** Bytes of a manifest at most; it lists some 200,000 files then. */
const maxBytes = 16 * 1024 * 1024

/**
 * Reads a manifest: JSON `{"files": [{"name", "records"?, "sha256"?, "bytes"?}]}`, other keys beside `files` allowed, or
 * lines of `sha256sum`, `<64 hex digits>  <name>`. Names are those of files in the landing folder; `./` before them is
 * taken away.
 *
 * @throws RefusedError if it is too large or not of that form; the message says where, and holds no byte of it but names
 * @throws MissingInputError if it is blank, as a file is that somebody is about to write, or may not be read
 */
export async function readManifest(entry: LandingEntry): Promise<Manifest> {
  const name = quoteName(entry.name)
  const text = decode(name, await readBytes(name, entry.path))
  if (text.trim() === '') throw new MissingInputError(`Expected the manifest ${name} to list files; it is still empty.`)
  const files = text.trimStart().startsWith('{') ? parseJson(name, text) : parseLines(name, text)
  const seen = new Set<string>()
  for (const file of files) {
    if (seen.has(file.name)) throw broken(name, `lists ${quoteName(file.name)} twice`)
    seen.add(file.name)
  }
  return { name: entry.name, files }
}

async function readBytes(name: string, path: string): Promise<Buffer> {
  const handle = await openPlain(name, path)
  try {
    const chunks: Buffer[] = []
    let size = 0
    // The end is inclusive: one byte more than allowed shows that there is more.
    for await (const chunk of handle.createReadStream({ end: maxBytes, autoClose: false })) {
      chunks.push(chunk as Buffer)
      size += (chunk as Buffer).length
    }
    if (size > maxBytes) throw broken(name, 'is larger than 16 MiB')
    return Buffer.concat(chunks)
  } finally {
    await handle.close()
  }
}

/** Whatever lies there by now: without blocking, and not through a link. */
async function openPlain(name: string, path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  } catch (error) {
    throw new MissingInputError(`Expected to read the manifest ${name}, but this user may not, or it has just gone.`, {
      cause: error,
    })
  }
}

function decode(name: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw broken(name, 'is not UTF-8')
  }
}

function parseJson(name: string, text: string): readonly ListedFile[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw broken(name, 'is not well-formed JSON')
  }
  if (repeatsName(text)) throw broken(name, 'has one name twice in an object')
  const found = z.object({ files: z.array(listedFile) }).safeParse(json)
  if (found.success) return found.data.files
  // A key that we do not know could be a check that the sender believes in: the words say what is known.
  const [first] = found.error.issues
  const [, index, key] = first?.path ?? []
  if (typeof index !== 'number') throw broken(name, 'has no list "files"')
  const where = `entry ${index + 1} of "files"`
  if (typeof key === 'string') throw broken(name, `has ${where} with a wrong "${key}"`)
  throw broken(name, `has ${where} that is no object of "name", "records", "sha256" and "bytes" alone`)
}

function parseLines(name: string, text: string): readonly ListedFile[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line === '') return []
    const [, sha256, listed] = /^([0-9a-fA-F]{64}) [ *](.+)$/u.exec(line) ?? []
    const found = listedFile.safeParse({ name: listed, sha256 })
    if (!found.success) throw broken(name, `has a line ${index + 1} that is not of that form`)
    return [found.data]
  })
}

function broken(name: string, what: string): RefusedError {
  return new RefusedError(
    `Expected the manifest to be lines of sha256sum ("<hex>  <name>") or JSON {"files": [{"name": "..."}]}; ${name} ${what}. ` +
      'Ask the sender for a whole one.',
  )
}
