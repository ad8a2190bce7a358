import { columnsOf, postgresType } from '../contract/contract.ts'
import { contractFor } from '../contract/tables/contracts.ts'
import { type DatasetName, fileName, folderName } from './dataset-names.ts'
import type { Outcome, Published, RunEnded, RunStarted } from './run-event.ts'

/** What every event of a process says alike. */
export interface Emitter {
  /** OPENLINEAGE_NAMESPACE: the namespace of the job. */
  readonly namespace: string
  /** URI of the program that emits: the package's. */
  readonly producer: string
  readonly nameOf: (table: string) => DatasetName
  /** The run that called this one, where the environment names it. */
  readonly parent: ParentRun | undefined
}

/** A run of another job, as OpenLineage names it. */
export interface ParentRun {
  readonly runId: string
  readonly namespace: string
  readonly job: string
}

/** A facet is open by its specification: these two say whose and which it is. */
type Facet = Readonly<Record<string, unknown>>
type Facets = Readonly<Record<string, Facet>>

/** One input or output of a run. */
export interface Dataset extends DatasetName {
  readonly facets?: Facets
  readonly inputFacets?: Facets
  readonly outputFacets?: Facets
}

/** An OpenLineage run event, version 2-0-2 of its specification. */
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

/** Up to so many files are inputs of their own; more are told as their folder with the sum, so that an event stays small. */
const mostFiles = 100

const spec = 'https://openlineage.io/spec'

/** The event of a run that begins: which tables it is to write. */
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
 * The event of a run that ended: COMPLETE with the files it read and the rows it loaded, FAIL, or ABORT where a signal or
 * a timeout stopped it. All or nothing of a batch is published, so a run that failed has no counts.
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
 * The batch's date as a whole day in UTC, not in the source's zone: the day before would stand in an event of a zone east
 * of Greenwich, and a batch is named by its date, not by an instant.
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

/** The parent that the environment names goes before a caller's run id, which says nothing of the caller's job. */
function parentFacets({ externalId = '' }: RunStarted, emitter: Emitter): Facets {
  const { namespace, parent = uuid.test(externalId) ? { runId: externalId, namespace, job: 'caller' } : undefined } =
    emitter
  if (parent === undefined) return {}
  const job = { namespace: parent.namespace, name: parent.job }
  return { parent: facet(emitter, '1-2-0/ParentRunFacet', { run: { runId: parent.runId }, job }) }
}

/**
 * Reads `namespace/job/run id`, as Airflow's `lineage_parent_id` gives it. The namespace may hold slashes.
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

/** Columns and types by the contract. */
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
