import { basename } from 'node:path'
import { MissingInputError } from '../../platform/errors.ts'
import { quoteName, quoteNames } from '../../platform/file-name.ts'
import { type Landing, signName } from './claim-files.ts'
import type { LandingEntry } from '../files/list-folder.ts'
import { type Manifest, readManifest } from './manifest.ts'
import type { ReadFile, Ready } from '../../source/transformer.ts'

/**
 * Waits for nothing and reads no data: looks whether a delivery shows every sign of completeness its source declares.
 *
 * @param now the time to measure the quiet age at
 * @returns the manifest, for {@link requireListed} once the files are scanned; undefined where none is declared
 * @throws MissingInputError naming what is awaited: the marker, the manifest, a file it lists, bytes it lists, an entry
 *   for a delivered file, or the seconds that the folder was not quiet
 * @throws RefusedError if the manifest is none
 */
export async function requireComplete(landing: Landing, ready: Ready, now: Date): Promise<Manifest | undefined> {
  if (ready.marker !== undefined) requireSign(landing, 'marker', ready.marker)
  const manifest =
    ready.manifest === undefined ? undefined : await readManifest(requireSign(landing, 'manifest', ready.manifest))
  if (manifest !== undefined) compareNames(landing, manifest)
  if (ready.quietSeconds !== undefined) requireQuiet(landing, ready.quietSeconds, now)
  return manifest
}

/**
 * Compares what a manifest says with what was read.
 *
 * @param manifest what {@link requireComplete} gave
 * @param files the scanned files, named by their path under the landing root
 * @throws MissingInputError naming the file and both numbers, where a hash, a size or a count differs
 */
export function requireListed(
  manifest: Manifest | undefined,
  files: readonly Pick<ReadFile, 'name' | 'bytes' | 'sha256' | 'records'>[],
): void {
  if (manifest === undefined) return
  const listed = new Map(manifest.files.map(file => [file.name, file]))
  for (const file of files) {
    const expected = listed.get(basename(file.name))
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
  throw new MissingInputError(
    `Expected the ${kind} ${quoteName(name)} in ${landing.folder}, found no such file: the delivery is not complete. ` +
      'Run the batch again once it is there.',
  )
}

function compareNames(landing: Landing, manifest: Manifest): void {
  const there = new Map(landing.entries.map(entry => [entry.name, entry]))
  // A list made by `sha256sum *` may hold the list itself, as it was before it was written.
  const files = manifest.files.filter(file => file.name !== manifest.name)
  const lacking = files.filter(file => !there.has(file.name)).map(file => file.name)
  if (lacking.length > 0) {
    throw new MissingInputError(
      `Expected the ${files.length} files that the manifest ${quoteName(manifest.name)} lists in ${landing.folder}, ` +
        `found ${files.length - lacking.length}; awaited: ${quoteNames(lacking)}. Run the batch again once they are there.`,
    )
  }
  for (const { name, bytes } of files) {
    const size = there.get(name)?.stats.size
    if (bytes !== undefined && size !== undefined && size !== bytes) throw differs(manifest, name, 'bytes', bytes, size)
  }
  const listed = new Set(files.map(file => file.name))
  const unlisted = landing.files.map(file => file.name).filter(name => !listed.has(basename(name)))
  if (unlisted.length > 0) throw notListed(manifest, unlisted)
}

/**
 * The time a file was last touched is its ctime: every write sets it, and a copy that keeps times (rsync -a, sftp -p) sets
 * back only the mtime, so that a delivery under way would look old. The folder's own says that a name came or went.
 */
function requireQuiet({ folder, touchedAt, entries }: Landing, quietSeconds: number, now: Date): void {
  let last = { name: 'the folder itself', at: touchedAt }
  for (const { name, stats } of entries) {
    if (stats.ctimeMs >= last.at) last = { name: quoteName(name), at: stats.ctimeMs }
  }
  // A file server's clock may be ahead of ours.
  const age = Math.max(0, (now.getTime() - last.at) / 1000)
  if (age >= quietSeconds) return
  throw new MissingInputError(
    `Expected no change in ${folder} for ${quietSeconds} s, but ${last.name} changed ${Math.floor(age)} s ago. ` +
      `Run the batch again in ${Math.ceil(quietSeconds - age)} s.`,
  )
}

function notListed(manifest: Manifest, names: readonly string[]): MissingInputError {
  return new MissingInputError(
    `Expected the manifest ${quoteName(manifest.name)} to list every delivered file, but it lacks ${quoteNames(names)}. ` +
      'Run the batch again once the manifest is that of this delivery.',
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
