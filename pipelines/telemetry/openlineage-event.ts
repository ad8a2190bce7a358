import { columnsOf, postgresType } from '../contract/contract.ts'
import { contractFor } from '../contract/tables/contracts.ts'
import { type DatasetName, fileName, folderName } from './dataset-names.ts'
import type { Outcome, Published, RunEnded, RunStarted } from './run-event.ts'

/** The parts that all events of a process share. */
export interface Emitter {
  /** OPENLINEAGE_NAMESPACE: the namespace of the job. */
  readonly namespace: string
  /** URI of the program that emits the events: this package. */
  readonly producer: string
  readonly nameOf: (table: string) => DatasetName
  /** The run that called this one, if the environment names it. */
  readonly parent: ParentRun | undefined
}

/** A run of another job, as OpenLineage names it. */
export interface ParentRun {
  readonly runId: string
  readonly namespace: string
  readonly job: string
}

/** The specification allows any members in a facet. */
type Facet = Readonly<Record<string, unknown>>
type Facets = Readonly<Record<string, Facet>>

/** One input or output of a run. */
export interface Dataset extends DatasetName {
  readonly facets?: Facets
  readonly inputFacets?: Facets
  readonly outputFacets?: Facets
}

/** An OpenLineage run event, version 2-0-2 of the specification. */
export interface LineageEvent {
  readonly eventType: 'START' | 'COMPLETE' | 'FAIL' | 'ABORT'
  readonly eventTime: string
  readonly producer: string
  readonly schemaURL: string
  readonly run: { readonly runId: string; readonly facets: Facets }
  readonly job: { readonly namespace: string; readonly name: string; readonly facets: Facets }
  readonly inputs: readonly Dataset[]
  readonly outputs: readonly Dataset[]
}

/**
 * Maximum number of files that are one input each; more are one input, their folder, with the sums, to keep events
 * small.
 */
const mostFiles = 100

const spec = 'https://openlineage.io/spec'

/** The event of a run that starts, with the tables that it writes. */
export function startEvent(run: RunStarted, emitter: Emitter): LineageEvent {
  return {
    ...head(run, emitter, {}),
    eventType: 'START',
    eventTime: run.startedAt.toISOString(),
    inputs: [],
    outputs: run.transformer.tables.map(table => output(table, emitter)),
  }
}

/**
 * The event of a run that ended: COMPLETE with the files that it read and the rows that it loaded, FAIL, or ABORT after
 * a signal or a timeout. A batch is published as a whole or not at all, so a failed run has no counts.
 */
export function endEvent(run: RunEnded, emitter: Emitter): LineageEvent {
  const { outcome } = run
  const published = outcome.state === 'published' ? outcome.published : undefined
  return {
    ...head(run, emitter, errorFacets(outcome, emitter)),
    eventType: eventTypes[outcome.state],
    eventTime: run.endedAt.toISOString(),
    inputs: published === undefined ? [] : inputs(run, published, emitter),
    outputs: run.transformer.tables.map(table => {
      const loaded = published?.tables.find(one => one.table === table)?.loaded
      return output(table, emitter, loaded)
    }),
  }
}

const eventTypes = { published: 'COMPLETE', failed: 'FAIL', stopped: 'ABORT' } as const

function head(
  run: RunStarted,
  emitter: Emitter,
  facets: Facets,
): Pick<LineageEvent, 'producer' | 'schemaURL' | 'run' | 'job'> {
  return {
    producer: emitter.producer,
    schemaURL: `${spec}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
    run: {
      runId: run.runId,
      facets: { nominalTime: nominalTime(run.batch.date, emitter), ...parentFacets(run, emitter), ...facets },
    },
    job: {
      namespace: emitter.namespace,
      name: `caseload.${run.batch.source}`,
      facets: {
        jobType: facet(emitter, '2-0-4/JobTypeJobFacet', {
          processingType: 'BATCH',
          integration: 'CASELOAD',
          jobType: 'JOB',
        }),
      },
    },
  }
}

/**
 * The batch's date as a whole day in UTC, not in the source's zone: for a zone east of Greenwich the event would have
 * the day before, and a date, not an instant, names a batch.
 */
function nominalTime(date: string, emitter: Emitter): Facet {
  const start = new Date(`${date}T00:00:00Z`)
  const end = new Date(start)
  end.setUTCDate(end.getUTCDate() + 1)
  return facet(emitter, '1-0-1/NominalTimeRunFacet', {
    nominalStartTime: start.toISOString(),
    nominalEndTime: end.toISOString(),
  })
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** A parent in the environment overrides the caller's run id, which does not name the caller's job. */
function parentFacets({ externalId = '' }: RunStarted, emitter: Emitter): Facets {
  const { namespace, parent = uuid.test(externalId) ? { runId: externalId, namespace, job: 'caller' } : undefined } =
    emitter
  if (parent === undefined) return {}
  const job = { namespace: parent.namespace, name: parent.job }
  return { parent: facet(emitter, '1-2-0/ParentRunFacet', { run: { runId: parent.runId }, job }) }
}

/**
 * Reads `namespace/job/run id`, the format of Airflow's `lineage_parent_id`. The namespace may contain slashes.
 *
 * @returns undefined for another form
 */
export function parseParent(text: string): ParentRun | undefined {
  const parts = text.split('/')
  const [job = '', runId = ''] = parts.splice(-2)
  const namespace = parts.join('/')
  return namespace !== '' && job !== '' && uuid.test(runId) ? { runId, namespace, job } : undefined
}

function errorFacets(outcome: Outcome, emitter: Emitter): Facets {
  if (outcome.state === 'published') return {}
  const message = `${outcome.errorClass}: ${outcome.message}`
  return {
    errorMessage: facet(emitter, '1-0-1/ErrorMessageRunFacet', { message, programmingLanguage: 'TYPESCRIPT' }),
  }
}

function inputs(run: RunEnded, { files }: Published, emitter: Emitter): readonly Dataset[] {
  const statistics = (rowCount: number, size: number, fileCount: number): Facets => ({
    inputStatistics: facet(emitter, '1-0-0/InputStatisticsInputDatasetFacet', { rowCount, size, fileCount }),
  })
  if (files.length <= mostFiles) {
    return files.map(file => ({
      ...fileName(run.landing, file),
      inputFacets: statistics(file.records, file.bytes, 1),
    }))
  }
  const sum = (count: (file: (typeof files)[number]) => number): number =>
    files.reduce((total, file) => total + count(file), 0)
  const inputFacets = statistics(
    sum(file => file.records),
    sum(file => file.bytes),
    files.length,
  )
  return [{ ...folderName(run.landing, run.batch), inputFacets }]
}

function output(table: string, emitter: Emitter, rowCount?: number): Dataset {
  const schema = schemaFacets(table, emitter)
  if (rowCount === undefined) return { ...emitter.nameOf(table), facets: schema }
  const outputFacets = { outputStatistics: facet(emitter, '1-0-2/OutputStatisticsOutputDatasetFacet', { rowCount }) }
  return { ...emitter.nameOf(table), facets: schema, outputFacets }
}

/** Columns and types of the contract. */
function schemaFacets(table: string, emitter: Emitter): Facets {
  const contract = contractFor(table)
  if (contract === undefined) return {}
  const fields = columnsOf(contract).map(column => ({
    name: column.name,
    type: postgresType(column.type),
    description: column.description,
  }))
  const engine = [
    { name: 'source', type: 'text' },
    { name: 'batch_date', type: 'date' },
  ]
  return { schema: facet(emitter, '1-2-0/SchemaDatasetFacet', { fields: [...fields, ...engine] }) }
}

/** @param version version and name of the facet's schema */
function facet({ producer }: Emitter, version: string, members: Facet): Facet {
  const name = version.slice(version.indexOf('/') + 1)
  return { _producer: producer, _schemaURL: `${spec}/facets/${version}.json#/$defs/${name}`, ...members }
}
