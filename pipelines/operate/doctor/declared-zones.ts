import { transformerOf } from '../../source/batch.ts'
import { CaseloadError } from '../../platform/errors.ts'
import { listTransformers, loadDeclared } from '../../source/load-source.ts'
import { requiredZone } from '../../source/source-zone.ts'
import { error, few, type Finding, warning } from './finding.ts'
import type { ReachedServer } from './reach-server.ts'

/** The zones that sources declare, and the findings about sources that do not load. */
export interface DeclaredZones {
  readonly zones: readonly string[]
  readonly findings: readonly Finding[]
}

/**
 * Collects the zones of every installed class, of the project's configuration, and of the sources in the ledger.
 *
 * @param folders the folders of sources
 * @param configured the project's zones, by source
 */
export async function declaredZones(
  folders: readonly string[],
  reached: ReachedServer | undefined,
  configured: ReadonlyMap<string, string> = new Map(),
): Promise<DeclaredZones> {
  const zones: string[] = []
  const findings: Finding[] = []
  const transformers = transformersIn(folders)
  for (const name of transformers ?? []) {
    try {
      const { zone, zones: ofSites } = (await loadDeclared(name, folders)).transformer
      zones.push(...[zone, ...Object.values(ofSites)].filter(one => one !== requiredZone))
    } catch (failure) {
      const reason = failure instanceof CaseloadError ? failure.message.replace(/\.$/, '') : 'its module throws'
      findings.push(error('sources', `${name} does not load: ${reason}`, `caseload run ${name} <date> shows the error`))
    }
  }
  const strange = [...configured.keys()].filter(name => transformers?.includes(transformerOf(name)) === false)
  if (strange.length > 0) {
    findings.push(
      warning(
        'sources',
        `the project names the zone of ${few(strange)}, which is not installed here`,
        'correct the name in zones of caseload.json (or of caseload in package.json); until then nothing uses that zone',
      ),
    )
  }
  return { zones: [...zones, ...configured.values(), ...(reached?.ledgerZones ?? [])], findings }
}

/** The installed transformers; undefined if a folder of CASELOAD_SOURCES cannot be listed. */
export function transformersIn(folders: readonly string[]): readonly string[] | undefined {
  try {
    return listTransformers(folders)
  } catch {
    // A run reports the folder.
    return undefined
  }
}
