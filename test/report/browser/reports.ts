import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { caseload, root } from '../../helpers/cli.ts'
import { createDatabase, withSession } from '../../helpers/database.ts'
import { sampleData } from '../../helpers/samples.ts'
import type { Report } from '../../../pipelines/report/model/document.ts'
import { makeWorld, type World } from '../world.ts'

/** A report as the command wrote it. */
export interface Written {
  readonly file: string
  readonly report: Report
  /** How long the command took. */
  readonly ms: number
  remove(): Promise<void>
}

/** The sample batches, each loaded by the command. */
export function samplesReport(): Promise<Written> {
  return written(['--json'], ['--to', '2023-05-03'], { CASELOAD_LANDING: sampleData }, async url => {
    const done = await caseload(['backfill', '--landing', sampleData, '--to', '2023-05-03'], { url })
    if (done.code !== 0) throw new Error(done.stderr)
  })
}

/**
 * A world of nights, with what went wrong in them.
 *
 * @param isRead whether the document is wanted, too
 */
export function worldReport(world: World, isRead = true): Promise<Written> {
  return written(
    isRead ? ['--json'] : [],
    ['--to', world.last],
    { CASELOAD_LANDING: join(tmpdir(), 'caseload-no-landing') },
    url => withSession(url, session => makeWorld(session, { ...world, folder: join(root, 'dist/sources') })),
  )
}

async function written(
  kinds: readonly string[],
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
  fill: (url: string) => Promise<void>,
): Promise<Written> {
  const database = await createDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'caseload-report-'))
  await fill(database.url)
  const file = join(folder, 'report.html')
  const start = performance.now()
  const page = await caseload(['report', '--out', file, ...kinds, ...flags], { url: database.url, env })
  const ms = performance.now() - start
  if (page.code !== 0) throw new Error(page.stderr)
  await database.drop()
  return {
    file,
    ms,
    report: JSON.parse(page.stdout === '' ? '{}' : page.stdout) as Report,
    remove: () => {
      rmSync(folder, { recursive: true })
      return Promise.resolve()
    },
  }
}

/** The text of a report's file. */
export const textOf = ({ file }: Written): string => readFileSync(file, 'utf8')
