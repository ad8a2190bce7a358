import { CaseloadError } from '../errors.ts'
import { listTransformers, loadSource } from '../sources.ts'
import { error, type Finding } from './finding.ts'
import type { ReachedServer } from './reach-server.ts'

/** The zones that sources declare, and what was found while asking them. */
export interface DeclaredZones {
  readonly zones: readonly string[]
  readonly findings: readonly Finding[]
}

/**
 * Asks every source there is for its zone, and the ledger for those of sources that ran once.
 *
 * @param folders where sources lie
 */
export async function declaredZones(
  folders: readonly string[],
  reached: ReachedServer | undefined,
): Promise<DeclaredZones> {
  const zones: string[] = []
  const findings: Finding[] = []
  for (const name of transformersIn(folders) ?? []) {
    try {
      zones.push((await loadSource(name, folders)).transformer.zone)
    } catch (failure) {
      const reason = failure instanceof CaseloadError ? failure.message.replace(/\.$/, '') : 'its module throws'
      findings.push(error('sources', `${name} does not load: ${reason}`, `caseload run ${name} <date> says more`))
    }
  }
  return { zones: [...zones, ...(reached?.ledgerZones ?? [])], findings }
}

/** The transformers there are; undefined where a folder of CASELOAD_SOURCES cannot be listed. */
export function transformersIn(folders: readonly string[]): readonly string[] | undefined {
  try {
    return listTransformers(folders)
  } catch {
    // A run says so.
    return undefined
  }
}
