import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BatchLanding } from '../../landing/files/batch-landing.ts'
import type { Source } from '../../source/load-source.ts'
import { compareFields, type FieldState } from './compare-fields.ts'
import { deliveredFields } from './delivered-fields.ts'

/** The fields of one input, declared and delivered. */
export interface InputFields {
  readonly input: string
  readonly fields: readonly FieldState[]
}

/**
 * Compares the fields that a source declares with those of one delivery. It reads files, and no database.
 *
 * @param workRoot folder on a disk, below which a private folder is made and removed
 * @throws MissingInputError, RefusedError if the delivery cannot be read
 */
export async function listFields(
  { transformer }: Source,
  landing: BatchLanding,
  workRoot: string,
): Promise<readonly InputFields[]> {
  const workFolder = mkdtempSync(join(workRoot, 'caseload-fields-'))
  try {
    const { files } = await landing.fetch(workFolder)
    const listed: InputFields[] = []
    for (const [name, input] of Object.entries(transformer.inputs)) {
      const own = files.filter(file => file.input === name)
      listed.push({ input: name, fields: compareFields(input, await deliveredFields(own, input)) })
    }
    return listed
  } finally {
    rmSync(workFolder, { recursive: true, force: true })
  }
}
