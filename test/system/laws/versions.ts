import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { transformerOf } from '../../../pipelines/source/batch.ts'
import type { Session } from '../../../pipelines/platform/postgres.ts'
import { deliver, rowsOfDelivery, visitEvents } from './landing.ts'

/** The version that readers see, by source. */
export type Reading = ReadonlyMap<string, number>

/** The tables themselves, or the views over them. */
export type Layer = 'store' | 'clinical'

/** The day of every batch here. */
export const date = '2023-05-01'

/** A read that no version explains. */
export class NotWholeError extends Error {
  override readonly name = 'NotWholeError'
}

/** The versions of one batch per source: each has its own landing root, its own mark in every row, its own row counts. */
export class Versions {
  readonly sources: readonly string[]
  /** How often any of them was published, as far as is known. */
  publications = 0
  readonly #folder: string
  readonly #made = new Map<string, number>()
  readonly #newest = new Map<string, number>()

  /** @param folder where landing roots are made */
  constructor(folder: string, sources: readonly string[]) {
    this.#folder = folder
    this.sources = sources
  }

  /** Delivers the next version of a source's batch. */
  next(source: string): { readonly version: number; readonly landing: string } {
    const version = (this.#made.get(source) ?? 0) + 1
    this.#made.set(source, version)
    const landing = join(this.#folder, `${transformerOf(source)}-${version}`)
    deliver(landing, { source, date }, eventsOf(version))
    return { version, landing }
  }

  /** Says that a version was published: from now on nobody may see an older one. */
  published(source: string, version: number): void {
    this.#newest.set(source, version)
    this.publications++
  }

  /** The newest versions known to be published. */
  newest(): Reading {
    return new Map(this.#newest)
  }

  /**
   * Reads the join of all tables in one statement.
   *
   * @throws NotWholeError unless it is exactly one version of every source
   */
  async read(session: Session, layer: Layer): Promise<Reading> {
    const { rows } = await session.query<JoinedRow>(joined(layer), [date])
    if (rows.length !== this.sources.length) {
      throw new NotWholeError(`${layer}: rows of ${rows.length} sources, of ${this.sources.length} expected`)
    }
    return new Map(
      rows.map(({ source, lowest, highest, ...counts }) => {
        const version = Number(lowest.slice(1))
        const { visits, diagnoses, treatments } = rowsOfDelivery(eventsOf(version))
        if (lowest !== highest || !isDeepStrictEqual(counts, { visits, diagnoses, treatments })) {
          throw new NotWholeError(`${layer}: ${source} from ${lowest} to ${highest}, ${JSON.stringify(counts)}`)
        }
        return [source, version]
      }),
    )
  }
}

interface JoinedRow {
  readonly source: string
  readonly lowest: string
  readonly highest: string
  readonly visits: number
  readonly diagnoses: number
  readonly treatments: number
}

function eventsOf(version: number): ReturnType<typeof visitEvents> {
  const mark = `v${String(version).padStart(6, '0')}`
  return visitEvents({ seed: version, patients: 4 + ((version * 7) % 9), mark })
}

function joined(layer: Layer): string {
  const table = (name: string): string => (layer === 'store' ? `store.${name}` : `clinical.current_${name}`)
  return `
    select
      v.source,
      min(least(v.provider_notes_text, d.diagnosis_description, t.drug)) as lowest,
      max(greatest(v.provider_notes_text, d.diagnosis_description, t.drug)) as highest,
      count(distinct (v.patient_id, v.visit_id)) as visits,
      count(distinct (d.patient_id, d.visit_id, d.diagnosis_no)) as diagnoses,
      count(*) as treatments
    from ${table('visits')} as v
    join ${table('diagnoses')} as d using (source, batch_date, patient_id, visit_id)
    join ${table('treatments')} as t using (source, batch_date, patient_id, visit_id, diagnosis_no)
    where v.batch_date = $1
    group by v.source`
}
