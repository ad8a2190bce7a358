import { countText } from '../../platform/count-text.ts'
import { MissingInputError } from '../../platform/errors.ts'
import { quoteName, quoteNames } from '../../platform/file-name.ts'
import { isStaticFile, nameInDelivery } from '../../source/static-files.ts'
import type { ReadFile, Ready } from '../../source/transformer.ts'
import type { Landing } from './claim-files.ts'
import { butAlike, signName } from './file-patterns.ts'
import type { LandingEntry } from './landing-entry.ts'
import type { Manifest } from './manifest.ts'

/** @throws MissingInputError if a marker is declared and is not there */
export function requireMarker(landing: Landing, { marker }: Ready): void {
  if (marker !== undefined) requireSign(landing, 'marker', marker)
}

/**
 * Finds the manifest.
 *
 * @returns undefined where none is declared
 * @throws MissingInputError if it is not there
 */
export function manifestEntry(landing: Landing, { manifest }: Ready): LandingEntry | undefined {
  return manifest === undefined ? undefined : requireSign(landing, 'manifest', manifest)
}

/**
 * Compares the names and sizes in a manifest with those of the files.
 *
 * @throws MissingInputError naming listed files that are not there or have another size, or files that are not listed
 */
export function requireManifestFiles(landing: Landing, manifest: Manifest): void {
  const there = new Map(landing.entries.map(entry => [entry.name, entry]))
  // A list made by `sha256sum *` may hold the list itself, as it was before it was written.
  const files = manifest.files.filter(file => file.name !== manifest.name)
  const lacking = files.filter(file => !there.has(file.name)).map(file => file.name)
  if (lacking.length > 0) {
    throw new MissingInputError(
      `Expected the ${countText(files.length, 'file')} that the manifest ${quoteName(manifest.name)} lists in ${landing.place}, ` +
        `found ${files.length - lacking.length}; awaited: ${quoteNames(lacking)}. Run the batch again once they are there.`,
    )
  }
  for (const { name, bytes } of files) {
    const size = there.get(name)?.bytes
    if (bytes !== undefined && size !== undefined && size !== bytes) throw differs(manifest, name, 'bytes', bytes, size)
  }
  const listed = new Set(files.map(file => file.name))
  const unlisted = landing.files
    .map(file => file.name)
    .filter(name => !isStaticFile(name) && !listed.has(nameInDelivery(name)))
  if (unlisted.length > 0) throw notListed(manifest, unlisted)
}

/**
 * Compares the age of the last change with the quiet age. The change of a file is its ctime: every write sets it, and a
 * copy that keeps times (rsync -a, sftp -p) sets back only the mtime, so that a delivery under way would look old. The
 * ctime of the folder says that a name came or went. An object appears at once and whole, so its own time is enough.
 *
 * @param now the time to measure the age at
 * @throws MissingInputError naming what changed last and the seconds that are missing
 */
export function requireQuiet({ place, touched, entries }: Landing, { quietSeconds }: Ready, now: Date): void {
  if (quietSeconds === undefined) return
  let last = touched === undefined ? undefined : { what: 'the folder itself changed', at: touched }
  for (const { name, path, touched: at } of entries) {
    if (last === undefined || at >= last.at) last = { what: `${quoteName(name)} ${path ? 'changed' : 'came'}`, at }
  }
  if (last === undefined) return
  // The clock of a file server or a store may be ahead of ours.
  const age = Math.max(0, (now.getTime() - last.at) / 1000)
  if (age >= quietSeconds) return
  throw new MissingInputError(
    `Expected no change in ${place} for ${quietSeconds} s, but ${last.what} ${Math.floor(age)} s ago. ` +
      `Run the batch again in ${Math.ceil(quietSeconds - age)} s.`,
  )
}

/**
 * Compares what a manifest says with what was read.
 *
 * @param manifest undefined where none is declared
 * @param files the scanned files, named by their path under the landing root
 * @throws MissingInputError naming the file and both numbers, where a hash, a size or a count differs
 */
export function requireListed(
  manifest: Manifest | undefined,
  files: readonly Pick<ReadFile, 'name' | 'bytes' | 'sha256' | 'records'>[],
): void {
  if (manifest === undefined) return
  const listed = new Map(manifest.files.map(file => [file.name, file]))
  // No delivery brings the static ones.
  for (const file of files.filter(({ name }) => !isStaticFile(name))) {
    const expected = listed.get(nameInDelivery(file.name))
    if (expected === undefined) throw notListed(manifest, [file.name])
    for (const what of ['bytes', 'records', 'sha256'] as const) {
      if (expected[what] !== undefined && expected[what] !== file[what]) {
        throw differs(manifest, file.name, what, expected[what], file[what])
      }
    }
  }
}

function requireSign(landing: Landing, kind: 'marker' | 'manifest', declared: string): LandingEntry {
  const name = signName(declared, landing.batch)
  const entry = landing.entries.find(one => one.name === name)
  if (entry !== undefined) return entry
  const alike = landing.entries.map(one => one.name).filter(one => one.toLowerCase() === name.toLowerCase())
  throw new MissingInputError(
    `Expected the ${kind} ${quoteName(name)} in ${landing.place}, found no such file${butAlike(alike)}. ` +
      'The delivery is not complete. Run the batch again once it is there.',
  )
}

function notListed(manifest: Manifest, names: readonly string[]): MissingInputError {
  return new MissingInputError(
    `Expected the manifest ${quoteName(manifest.name)} to list every delivered file, but it lacks ${quoteNames(names)}. ` +
      'Run the batch again once the manifest belongs to this delivery.',
  )
}

function differs(
  manifest: Manifest,
  name: string,
  what: 'bytes' | 'records' | 'sha256',
  expected: number | string,
  found: number | string,
): MissingInputError {
  const words = what === 'sha256' ? [`sha256 ${expected}`, String(found)] : [`${expected} ${what}`, String(found)]
  return new MissingInputError(
    `Expected ${words[0] ?? ''} in ${quoteName(name)}, as the manifest ${quoteName(manifest.name)} says, found ${words[1] ?? ''}. ` +
      'Run the batch again once the file is whole.',
  )
}
