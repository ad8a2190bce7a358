import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { caseload, root } from './cli.ts'

/** The sample landing root. */
export const sampleData: string = join(root, 'data')

/** Every sample batch, as source and yyyymmdd. */
function sampleBatches(): readonly (readonly [source: string, date: string])[] {
  return readdirSync(sampleData).flatMap(source =>
    readdirSync(join(sampleData, source)).map(date => [source, date] as const),
  )
}

/** Runs every sample batch of these sources, one after the other; of all sources by default. */
export async function loadSamples(url: string, sources?: readonly string[]): Promise<void> {
  for (const [source, date] of sampleBatches().filter(([name]) => sources?.includes(name) ?? true)) {
    const done = await caseload(['run', source, date, '--landing', sampleData], { url })
    if (done.code !== 0) throw new Error(`${source} ${date}: ${done.stderr}`)
  }
}
