import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { compact, dateOf } from './days.ts'
import type { Delivery, GeneratedSource } from './delivery.ts'
import { LandingFile, type WrittenFile } from './landing-file.ts'

/** Options of a series of deliveries. */
export interface GenerateOptions {
  readonly source: string
  /** First day, in days since 1970-01-01. */
  readonly firstDay: number
  readonly days: number
  readonly patients: number
  readonly seed: number
  /** Share of the records of each file that is broken, 0 to 1. */
  readonly broken: number
  readonly gzip: boolean
  /** Landing root. */
  readonly landing: string
}

/** A written batch. */
export interface WrittenBatch {
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly date: string
  readonly files: readonly WrittenFile[]
  /** Rows that must be in quarantine after a run of the batch, by table and rule. */
  readonly quarantined: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** Called about every megabyte. */
export type OnProgress = (file: string, records: number) => void

/**
 * Writes the landing files of one source for some days.
 *
 * @throws UsageError if a landing folder contains files: two deliveries must not mix
 */
export async function generate(
  generated: GeneratedSource,
  options: GenerateOptions,
  onProgress: OnProgress,
): Promise<readonly WrittenBatch[]> {
  const { source, seed, patients, broken, firstDay } = options
  const batches: WrittenBatch[] = []
  for (let day = firstDay; day < firstDay + options.days; day++) {
    const delivery = { source, seed, day, isFirst: day === firstDay, patients, broken }
    batches.push(await generateDay(generated, delivery, options, onProgress))
  }
  return batches
}

async function generateDay(
  generated: GeneratedSource,
  delivery: Delivery,
  { landing, gzip }: GenerateOptions,
  onProgress: OnProgress,
): Promise<WrittenBatch> {
  const { source, day } = delivery
  const place = `${source}/${compact(day)}`
  const folder = join(landing, place)
  await mkdir(folder, { recursive: true })
  if ((await readdir(folder)).length > 0) {
    throw new UsageError(
      `Expected an empty folder ${folder}, found files: two deliveries must not mix. Remove it, or pass another --landing.`,
    )
  }
  const forms = new Map(generated.files(delivery).map(form => [form.name, form]))
  const open = new Map<string, LandingFile>()
  const nameOf = (file: string): string => (gzip ? `${file}.gz` : file)
  for (const chunk of generated.chunks(delivery)) {
    const form = forms.get(chunk.file)
    if (form === undefined) throw new Error(`${source} yields records of ${chunk.file}, which it does not declare`)
    const file = open.get(chunk.file) ?? new LandingFile(form, join(folder, nameOf(chunk.file)))
    open.set(chunk.file, file)
    if (!file.add(chunk)) continue
    await file.flush()
    onProgress(`${place}/${nameOf(chunk.file)}`, file.records)
  }
  const files: WrittenFile[] = []
  for (const [name, file] of open) files.push(await file.close(`${place}/${nameOf(name)}`))
  return { source, date: dateOf(day), files, quarantined: countRules(files) }
}

function countRules(files: readonly WrittenFile[]): WrittenBatch['quarantined'] {
  const tables: Record<string, Record<string, number>> = {}
  for (const { table, rule, records } of files.flatMap(file => file.quarantined)) {
    const rules = (tables[table] ??= {})
    rules[rule] = (rules[rule] ?? 0) + records.length
  }
  return tables
}
