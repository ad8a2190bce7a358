import { basename } from 'node:path'
import { quoteNames } from '../../platform/file-name.ts'
import type { RunFingerprint } from './fingerprint.ts'

/** What can have changed since a batch was published; `unknown` where it was not written down what it was made from. */
export type StaleKind = 'files' | 'code' | 'zone' | 'masking' | 'contract' | 'engine' | 'unknown'

/** Whether a run would make other rows of a batch than those that are published. */
export interface Staleness {
  /** The first thing that changed, in the order of {@link StaleKind}. */
  readonly kind: 'unchanged' | StaleKind
  /** All that changed, in words for a person: `files changed: added late.json; code changed`. */
  readonly reason: string
}

/** What became of the files of a batch. Names are paths under the landing root, `source_a/20230501/visit_events.json`. */
export interface FileChanges {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
  /** Why the landing folder cannot be listed as the source declares it; undefined where it can. */
  readonly problem?: string
}

/** A file that a run read, as the ledger keeps it. */
export interface RecordedFile {
  /** Path under the landing root. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  /** Of the object that it was; null for a file of a folder. */
  readonly etag: string | null
}

/** The inputs that a published batch was made from, as the ledger recorded them. Null: an older Caseload did not record it. */
export interface RecordedInputs {
  readonly runId: string
  /** When the run began, in milliseconds; it read no file earlier. */
  readonly startedAt: number
  readonly codeHash: string | null
  /** IANA zone of times without an offset; null also of runs that kept all but this, and then it counts as unchanged. */
  readonly zone: string | null
  readonly contractHash: string | null
  readonly engineSemantics: number | null
  readonly files: readonly RecordedFile[]
}

/** The inputs that a run would have now; an undefined member is not known and counts as unchanged. */
export interface CurrentInputs {
  /** Undefined where the code of the source is not installed here. */
  readonly fingerprint: RunFingerprint | undefined
  /** Undefined where there is no landing folder to compare with. */
  readonly files: FileChanges | undefined
}

/** Compares what a published batch was made from with what it would be made from now. */
export function stalenessOf(made: RecordedInputs, now: CurrentInputs): Staleness {
  const found = [...changedFiles(now.files), ...changedParts(made, now.fingerprint)]
  const [first] = found
  if (first === undefined) return { kind: 'unchanged', reason: 'nothing changed' }
  return { kind: first.kind, reason: found.map(one => one.reason).join('; ') }
}

/** The same without how rows were masked, for where that cannot be known now. */
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
    .map(what => `${what} ${quoteNames(files[what].map(name => basename(name)))}`)
  return words.length === 0 ? [] : [{ kind: 'files', reason: `files changed: ${words.join(', ')}` }]
}

function changedParts(made: RecordedInputs, now: RunFingerprint | undefined): readonly Change[] {
  if (now === undefined) return []
  const { codeHash, zone, contractHash, engineSemantics } = made
  if (codeHash === null || contractHash === null || engineSemantics === null) {
    return [{ kind: 'unknown', reason: 'not known what it was made from: it was loaded before that was written down' }]
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
