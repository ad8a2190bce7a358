import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { observed } from '../../pipelines/telemetry/observed.ts'
import type { Published, RunAbout, Telemetry } from '../../pipelines/telemetry/run-event.ts'
import { keepingLog } from '../helpers/log.ts'

/** A run of source_a that fills two tables. */
export function aboutRun(about: Partial<RunAbout> = {}): RunAbout {
  return {
    runId: randomUUID(),
    externalId: undefined,
    batch: { source: 'source_a', date: '2023-05-01' },
    transformer: { tables: ['patients', 'visits'] },
    landing: '/srv/landing',
    ...about,
  }
}

/** Its result: 22 records of 2 files, rows loaded, in quarantine and removed. */
export const published: Published = {
  files: [file('source_a/20230501/visit_events.json', 20, 2048), file('source_a/20230501/late_events.json', 2, 100, 1)],
  tables: [
    {
      table: 'patients',
      leaf: 'a',
      candidates: 22,
      loaded: 19,
      quarantined: { pattern: 1, range: 1 },
      removed: { duplicate: 1 },
      dropped: { 'birth_date.range': 2 },
      droppedRows: 2,
      droppedOf: { birth_date: 19 },
      warned: {},
    },
    {
      table: 'visits',
      leaf: 'b',
      candidates: 21,
      loaded: 21,
      quarantined: {},
      removed: {},
      dropped: {},
      droppedRows: 0,
      droppedOf: {},
      warned: {},
    },
  ],
  checks: [
    {
      check: 'visits_have_a_reason',
      table: 'visits',
      severity: 'warn',
      outcome: 'warn',
      checkedRows: 21,
      badRows: 3,
      detail: undefined,
      origin: 'sql/checks/visits.sql',
    },
  ],
}

function file(name: string, records: number, bytes: number, quarantined = 0): Published['files'][number] {
  return {
    input: 'events',
    name,
    bytes,
    sha256: '0'.repeat(64),
    records,
    quarantined,
    changedAt: 0,
    identity: undefined,
  }
}

/** Observes a run with a given result or error; secrets are not removed. */
export async function observe(
  telemetries: readonly Telemetry[],
  run: () => Promise<Published> = () => Promise.resolve(published),
  about: Partial<RunAbout> = {},
): Promise<{ readonly lines: readonly string[]; readonly thrown: unknown; readonly about: RunAbout }> {
  const log = keepingLog()
  const whole = aboutRun(about)
  let thrown: unknown
  try {
    await observed(run, { ...whole, telemetries, log, redact: text => text, attempts: () => 2 })
  } catch (error) {
    thrown = error
  }
  return { lines: log.lines, thrown, about: whole }
}

/** An empty folder of one test. */
export function testFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-telemetry-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}
