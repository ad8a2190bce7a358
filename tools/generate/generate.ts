import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { compact, dateOf } from './days.ts'
import type { Delivery, GeneratedSource } from './delivery.ts'
import { LandingFile, type WrittenFile } from './landing-file.ts'

/** What to generate. */
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

/** One batch that was written. */
export interface WrittenBatch {
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly date: string
  readonly files: readonly WrittenFile[]
  /** Rows that must be in quarantine once the batch ran, by table and rule. */
  readonly quarantined: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** Told every megabyte or so what was written. */
export type OnProgress = (file: string, records: number) => void

/**
 * Writes the landing files of one source for some days.
 *
 * @throws UsageError if a landing folder has files already: two deliveries must not mix
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
      `Expected no file in ${folder}: two deliveries must not mix. Remove the folder, or give another --landing.`,
    )
  }
  const forms = new Map(generated.files(delivery).map(form => [form.name, form]))
  const open = new Map<string, LandingFile>()
  const nameOf = (file: string): string => (gzip ? `${file}.gz` : file)
  for (const piece of generated.pieces(delivery)) {
    const form = forms.get(piece.file)
    if (form === undefined) throw new Error(`${source} gives records of ${piece.file}, which it does not declare`)
    const file = open.get(piece.file) ?? new LandingFile(form, join(folder, nameOf(piece.file)))
    open.set(piece.file, file)
    if (!file.add(piece)) continue
    await file.flush()
    onProgress(`${place}/${nameOf(piece.file)}`, file.records)
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
