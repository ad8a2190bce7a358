import { quoteNames } from '../../platform/file-name.ts'
import { nameInDelivery } from '../static-files.ts'
import type { RunFingerprint } from './fingerprint.ts'

/** What can have changed since a batch was published; `unknown` if its run did not record what it was made from. */
export type StaleKind = 'files' | 'code' | 'zone' | 'masking' | 'contract' | 'engine' | 'unknown'

/** Whether a run would produce other rows of a batch than the published ones. */
export interface Staleness {
  /** The first change, in the order of {@link StaleKind}. */
  readonly kind: 'unchanged' | StaleKind
  /** All changes, for a person: `files changed: added late.json; code changed`. */
  readonly reason: string
}

/** Changes of the files of a batch. Names are paths under the landing root, `source_a/20230501/visit_events.json`. */
export interface FileChanges {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
  /** Why the landing folder cannot be listed as the source declares it; undefined if it can. */
  readonly problem?: string
}

/** A file that a run has read, as the ledger keeps it. */
export interface RecordedFile {
  /** Path under the landing root. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  /** ETag of the object; null for a file of a folder. */
  readonly etag: string | null
}

/** What a published batch was made from, as the ledger keeps it. Null: its run is older than this record. */
export interface RecordedInputs {
  readonly runId: string
  /** When the run began, in milliseconds; it read no file earlier. */
  readonly startedAt: number
  readonly codeHash: string | null
  /** IANA zone of times without an offset; null also for runs that recorded all but this, and then it counts as unchanged. */
  readonly zone: string | null
  readonly contractHash: string | null
  readonly engineSemantics: number | null
  readonly files: readonly RecordedFile[]
}

/** What a batch would be made from now; undefined is unknown and counts as unchanged. */
export interface CurrentInputs {
  /** Undefined if the code of the source is not installed here. */
  readonly fingerprint: RunFingerprint | undefined
  /** Undefined without a landing folder to compare with. */
  readonly files: FileChanges | undefined
}

/** Compares what a published batch was made from with what it would be made from now. */
export function stalenessOf(made: RecordedInputs, now: CurrentInputs): Staleness {
  const found = [...changedFiles(now.files), ...changedParts(made, now.fingerprint)]
  const [first] = found
  if (first === undefined) return { kind: 'unchanged', reason: 'nothing changed' }
  return { kind: first.kind, reason: found.map(one => one.reason).join('; ') }
}

/** The same without the mask, for a process that does not know the current one. */
export function withoutMask<T extends RecordedInputs>(made: T): T {
  return { ...made, codeHash: made.codeHash?.split(':')[0] ?? null }
}

interface Change {
  readonly kind: StaleKind
  readonly reason: string
}

function changedFiles(files: FileChanges | undefined): readonly Change[] {
  if (files === undefined) return []
  if (files.problem !== undefined) return [{ kind: 'files', reason: `files changed: ${files.problem}` }]
  const words = (['added', 'removed', 'changed'] as const)
    .filter(what => files[what].length > 0)
    .map(what => `${what} ${quoteNames(files[what].map(nameInDelivery))}`)
  return words.length === 0 ? [] : [{ kind: 'files', reason: `files changed: ${words.join(', ')}` }]
}

function changedParts(made: RecordedInputs, now: RunFingerprint | undefined): readonly Change[] {
  if (now === undefined) return []
  const { codeHash, zone, contractHash, engineSemantics } = made
  if (codeHash === null || contractHash === null || engineSemantics === null) {
    return [{ kind: 'unknown', reason: 'not known what it was made from: its run is older than this record' }]
  }
  const [code, mask] = codeHash.split(':')
  const [codeNow, maskNow] = now.codeHash.split(':')
  return [
    ...(code === codeNow ? [] : [{ kind: 'code', reason: 'code changed' } as const]),
    ...(zone === null || zone === now.zone
      ? []
      : [{ kind: 'zone', reason: `zone changed: ${zone} to ${now.zone}` } as const]),
    ...(mask === maskNow ? [] : [{ kind: 'masking', reason: maskReason(mask, maskNow) } as const]),
    ...(contractHash === now.contractHash ? [] : [{ kind: 'contract', reason: 'contract changed' } as const]),
    ...(engineSemantics === now.engineSemantics ? [] : [{ kind: 'engine', reason: 'engine changed' } as const]),
  ]
}

function maskReason(mask: string | undefined, now: string | undefined): string {
  if (mask === undefined) return 'masking changed: it was loaded unmasked, and rows are masked now'
  return now === undefined
    ? 'masking changed: it was loaded masked, and rows are not masked here'
    : 'masking changed: it was loaded with another key'
}
