import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'

/** A landing root of one test. */
export interface TestLanding {
  readonly root: string
  /** Writes a file below the root, `source_a/20230501/visit_events.json` and the like. */
  write(name: string, content: string | Uint8Array): void
}

/** Makes an empty landing root, removed after the test. */
export function testLanding(t: ExecutionContext): TestLanding {
  const root = mkdtempSync(join(tmpdir(), 'caseload-landing-'))
  t.teardown(() => {
    rmSync(root, { recursive: true, force: true })
  })
  return {
    root,
    write: (name, content) => {
      mkdirSync(dirname(join(root, name)), { recursive: true })
      writeFileSync(join(root, name), content)
    },
  }
}

/** One treatment as source_a delivers it. */
export interface Treatment {
  readonly drug: string
  readonly dose: string
}

/** A patient of source_a with one visit, one diagnosis and these treatments. */
export function patient(id: string, name: string, treatments: readonly Treatment[] = []): Record<string, unknown> {
  return {
    patient_id: id,
    name,
    visits: [
      {
        visit_id: `V-${id}`,
        date: '2023-05-01',
        diagnoses: [{ code: 'ICD-10:E11.9', description: 'Type 2 diabetes mellitus', treatments }],
        provider_notes: { text: 'stable', author: 'Dr. Sample' },
      },
    ],
  }
}

/** Where source_a's batch of 2023-05-01 lands. */
export const eventsFile = 'source_a/20230501/visit_events.json'
