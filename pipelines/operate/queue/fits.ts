import type { MaskKey } from '../../contract/mask/key.ts'
import { CaseloadError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { runFingerprint } from '../../source/fingerprint/fingerprint.ts'
import { hashSourceCode } from '../../source/fingerprint/source-code.ts'
import { loadSource } from '../../source/load-source.ts'

/** What a machine would run. */
export interface FitParts {
  readonly session: Session
  readonly sourceFolders: readonly string[]
  /** Undefined if rows are stored as delivered. */
  readonly mask: MaskKey | undefined
}

/** How the code and the mask key of this machine differ from those of the last publish of a source. */
export interface Fit {
  /** The hash of the code here; null if it cannot be loaded. */
  readonly code: string | null
  /** Why no batch of the source may run here; undefined if one may. */
  readonly refusal: string | undefined
  /** True if the code differs, which can be accepted. */
  readonly hasNewCode: boolean
}

/**
 * Compares the code and the mask key of this machine with those of the last publish of a source. Of a key the ledger keeps a
 * check value, never the key.
 */
export async function fitOf({ session, sourceFolders, mask }: FitParts, name: string): Promise<Fit> {
  try {
    const source = await loadSource(name, sourceFolders)
    const [code = '', tag] = runFingerprint(source, mask).codeHash.split(':')
    if (hashSourceCode(source.folder) !== code) {
      const refusal = 'its code has changed on disk since this process loaded it: start the worker again'
      return { code, refusal, hasNewCode: false }
    }
    const last = await session.query<{ code_hash: string }>(readSql('sql/statements/queue/last_code.sql'), [name])
    const [row] = last.rows
    if (row === undefined) return { code, refusal: undefined, hasNewCode: false }
    const [lastCode, lastTag] = row.code_hash.split(':')
    const refusal = tag === lastTag ? undefined : maskRefusal(tag, lastTag)
    return { code, refusal, hasNewCode: code !== lastCode }
  } catch (error) {
    if (error instanceof CaseloadError) return { code: null, refusal: error.message, hasNewCode: false }
    throw error
  }
}

function maskRefusal(tag: string | undefined, lastTag: string | undefined): string {
  if (tag === undefined) return 'its last publish was masked, and this machine does not mask: set CASELOAD_MASK_AT_LOAD'
  if (lastTag === undefined) return 'its last publish was not masked, and this machine masks'
  return 'the mask key of this machine is not that of its last publish'
}

/** The refusal of code that differs from that of the last publish. */
export const newCodeRefusal =
  'its code differs from that of its last publish: install the same code, or accept this code with caseload enqueue ' +
  '--accept-code, or with caseload run of one batch'
