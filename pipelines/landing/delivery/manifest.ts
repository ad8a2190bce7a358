import { z } from 'zod'
import { MissingInputError, RefusedError } from '../../platform/errors.ts'
import { quoteName } from '../../platform/file-name.ts'
import { repeatsName } from '../../platform/json-text.ts'

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

/** What a manifest says about one delivered file; only the name is required. */
export type ListedFile = z.infer<typeof listedFile>

/** A delivery as its sender lists it. */
export interface Manifest {
  /** Name of the manifest's own file. */
  readonly name: string
  readonly files: readonly ListedFile[]
}

/** Maximum size of a manifest in bytes; it lists some 200,000 files then. */
export const maxManifestBytes = 16 * 1024 * 1024

/**
 * Parses a manifest: JSON `{"files": [{"name", "records"?, "sha256"?, "bytes"?}]}`, other keys beside `files` allowed, or
 * lines of `sha256sum`, `<64 hex digits>  <name>`. Names are those of files in the landing folder; `./` before them is
 * removed.
 *
 * @param name of its own file
 * @param content its first {@link maxManifestBytes} and one more, or all of it
 * @throws RefusedError if it is too large or not of that form; the message says where, and holds no byte of it but names
 * @throws MissingInputError if it is blank, as a file is that a sender is about to write
 */
export function parseManifest(name: string, content: Uint8Array): Manifest {
  const shown = quoteName(name)
  if (content.length > maxManifestBytes) throw tooLarge(name)
  const text = decode(shown, content)
  if (text.trim() === '')
    throw new MissingInputError(`Expected the manifest ${shown} to list files; it is still empty.`)
  const files = text.trimStart().startsWith('{') ? parseJson(shown, text) : parseLines(shown, text)
  const seen = new Set<string>()
  for (const file of files) {
    if (seen.has(file.name)) throw broken(shown, `lists ${quoteName(file.name)} twice`)
    seen.add(file.name)
  }
  return { name, files }
}

/** @param name of the manifest */
export function tooLarge(name: string): RefusedError {
  return broken(quoteName(name), 'is larger than 16 MiB')
}

function decode(name: string, bytes: Uint8Array): string {
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
  // A key that we do not know could be a check that the sender relies on: the message says which keys are known.
  const [first] = found.error.issues
  const [, index, key] = first?.path ?? []
  if (typeof index !== 'number') throw broken(name, 'has no list "files"')
  const where = `entry ${index + 1} of "files"`
  if (typeof key === 'string') throw broken(name, `has ${where} with a wrong "${key}"`)
  throw broken(name, `has ${where} that is not an object of only "name", "records", "sha256" and "bytes"`)
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
      'Ask the sender for a correct one.',
  )
}
