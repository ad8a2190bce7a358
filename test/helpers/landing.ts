import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { claimFiles, type Declared, type Landing } from '../../pipelines/landing/delivery/claim-files.ts'
import { folderLanding } from '../../pipelines/landing/files/folder-landing.ts'
import type { LocalDelivery } from '../../pipelines/landing/files/landed-file.ts'
import { listFolder } from '../../pipelines/landing/files/list-folder.ts'
import type { Batch } from '../../pipelines/source/batch.ts'

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

/** What a source declares about files that are not its inputs. */
export type OtherFiles = Omit<Declared, 'inputs'>

/** Lists a landing folder and finds the input of each file. */
export async function listLanding(
  root: string,
  batch: Batch,
  inputs: Declared['inputs'],
  others: OtherFiles = { ignored: [], ready: {} },
): Promise<Landing> {
  return claimFiles(await listFolder(root, batch), batch, { inputs, ...others })
}

/** The delivery in a landing folder, as the engine gets it. */
export function localDelivery(root: string, batch: Batch, inputs: Declared['inputs']): Promise<LocalDelivery> {
  const declared = { inputs, ignored: [], ready: {} }
  const { signal } = new AbortController()
  return folderLanding({ landing: root, batch, declared, signal, onProgress: () => undefined }).fetch('')
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
