import { transformerOf } from '../../pipelines/source/batch.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'
import type { GeneratedSource } from './delivery.ts'
import { biometrics } from './sources/biometrics.ts'
import { homeMonitoring } from './sources/home-monitoring.ts'
import { icu } from './sources/icu.ts'
import { intake } from './sources/intake.ts'
import { synthea } from './sources/synthea.ts'
import { visitEvents } from './sources/visit-events.ts'

/** The generators, by transformer. */
export const generatedSources: Readonly<Record<string, GeneratedSource>> = {
  source_a: visitEvents({ drug: 'drug', dose: 'dose', author: 'author' }),
  source_b: visitEvents({ drug: 'drug_test', dose: 'dose_test', author: 'author_test' }),
  icu,
  biometrics,
  home_monitoring: homeMonitoring,
  intake,
  synthea,
}

/**
 * The generator of a source, or of the transformer behind a site.
 *
 * @throws UsageError that lists the sources
 */
export function generatedSource(source: string): GeneratedSource {
  const found = Object.entries(generatedSources).find(([name]) => name === transformerOf(source))
  if (found !== undefined) return found[1]
  throw new UsageError(
    `Expected one of ${Object.keys(generatedSources).join(', ')}, or a site of it such as icu__north; found ${source}.`,
  )
}
