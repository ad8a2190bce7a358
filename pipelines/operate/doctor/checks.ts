import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { transformerOf } from '../../source/batch.ts'
import type { DuckDB } from '../../platform/duckdb.ts'
import { isCaseload } from '../gc/dead-runs.ts'
import { findLeftovers } from '../gc/leftovers.ts'
import { foreignObjects } from '../../ledger/ownership.ts'
import { isS3 } from '../../platform/s3-location.ts'
import type { Settings } from '../../source/settings.ts'
import { clock, clockOffset } from './clock.ts'
import { encryption } from './connection.ts'
import { transformersIn } from './declared-zones.ts'
import { diskFacts, serverDisk, serverDiskFacts, workDisk } from './disk.ts'
import { database } from './database.ts'
import { durability } from './durability.ts'
import { type Finding, ok } from './finding.ts'
import { futureBatches, futureLanding } from './future-days.ts'
import { landing } from './landing.ts'
import { landingFacts } from './landing-facts.ts'
import { landingNames, misnamed } from './landing-names.ts'
import { leftovers } from './leftovers.ts'
import { leafFacts, leaves, locks } from './locks.ts'
import type { ReachedServer } from './reach-server.ts'
import { lookUpOthers, lookUpRights, othersRights, rights } from './rights.ts'
import { fileLimit, maskKey, openFileLimit } from './runtime.ts'
import { unmasked, unmaskedFacts } from './unmasked.ts'
import { codeLedger, ledgerState, ledgerStateOf, nodeVersion, serverVersion } from './versions.ts'
import { zoneFacts, zones } from './zones.ts'

/** What is known of this machine, and of the server where one answers. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly settings: Settings
  /** Undefined where it does not open. */
  readonly duckdb: DuckDB | undefined
  readonly reached: ReachedServer | undefined
  /** Zones that sources declare, in the code or in the ledger. */
  readonly declaredZones: readonly string[]
}

/** A server that answers, and what commands on it would use. */
export interface OnServer extends ReachedServer {
  /** Where work folders are made, absolute. */
  readonly workRoot: string
  /** How many replaced versions of a batch are kept. */
  readonly keep: number
  readonly env: Readonly<Record<string, string | undefined>>
  /** The time of this machine in milliseconds. */
  readonly now: () => number
}

/** One thing to look at; what the server refuses becomes a finding of its name. */
export interface Check<Subject> {
  readonly name: string
  /** True if it says nothing where the settings are wrong. */
  readonly needsSettings?: boolean
  readonly look: (subject: Subject) => Findings | Promise<Findings>
}

type Findings = Finding | readonly Finding[]

/** What is looked at on this machine, whether or not a server answers. */
export const machineChecks: readonly Check<Machine>[] = [
  { name: 'node', look: () => nodeVersion(process.versions.node) },
  { name: 'open files', look: () => fileLimit(openFileLimit()) },
  { name: 'masking', look: ({ env }) => maskKey(env) },
  {
    name: 'work disk',
    needsSettings: true,
    look: ({ settings, reached }) => workDisk(diskFacts(settings.workRoot), reached?.biggest),
  },
  {
    name: 'landing',
    needsSettings: true,
    look: async ({ env, settings, reached }) => {
      if (isS3(settings.landing)) {
        return ok('landing', `${settings.landing}: who may read it is the object store's to say, and was not looked at`)
      }
      const transformers = transformersIn(settings.sourceFolders)
      // One whose code was taken away delivers no more.
      const expected = (reached?.publishedSources ?? []).filter(name => transformers?.includes(transformerOf(name)))
      return [
        ...landing(landingFacts(settings.landing), expected),
        ...misnamed(settings.landing, landingNames(settings.landing, transformers)),
        ...(existsSync(settings.landing) ? await futureLanding(settings, env, transformers ?? [], new Date()) : []),
      ]
    },
  },
  {
    name: 'time zones',
    look: async ({ env, declaredZones, duckdb, reached }) =>
      zones(await zoneFacts(declaredZones, { env, duckdb, session: reached?.session, now: new Date() })),
  },
]

/** What is looked at on a server that answers. */
export const serverChecks: readonly Check<OnServer>[] = [
  { name: 'postgres', look: ({ server }) => serverVersion(server) },
  { name: 'encryption', look: ({ session, server }) => encryption(session, server) },
  { name: 'durability', look: ({ server }) => durability(server) },
  { name: 'clock', look: async ({ session, now }) => clock(await clockOffset(session, now)) },
  {
    name: 'rights',
    look: async ({ session, server }) => {
      const { creators, strangers } = await lookUpOthers(session)
      return [...rights(await lookUpRights(session), server), ...othersRights(creators, strangers)]
    },
  },
  { name: 'database', look: async ({ session, server }) => database(server, await foreignObjects(session)) },
  {
    name: 'ledger',
    look: async ({ session, server }) => {
      return ledgerState(server.has_ledger ? await ledgerStateOf(session) : undefined, codeLedger())
    },
  },
  {
    name: 'future days',
    look: ({ session, server, now }) => (server.has_ledger ? futureBatches(session, new Date(now())) : []),
  },
  {
    name: 'locks',
    look: async ({ session, server }) => {
      const facts = await leafFacts(session, server.has_ledger)
      return [locks(server, facts), leaves(facts)]
    },
  },
  {
    name: 'leftovers',
    look: async ({ session, server, workRoot, keep }) => {
      if (!server.has_ledger) return ok('leftovers', 'none: nothing ran yet')
      const machine = { host: hostname(), isAlive: isCaseload }
      return leftovers(await findLeftovers(session, { keep, workRoot, machine, elsewhereIsDead: true }))
    },
  },
  {
    name: 'unmasked rows',
    look: async ({ session, server, env }) => {
      if (!server.has_ledger) return ok('unmasked rows', 'none: nothing ran yet')
      return unmasked(await unmaskedFacts(session, env['CASELOAD_MASK_AT_LOAD']))
    },
  },
  {
    name: 'server disk',
    look: ({ session, server, biggest }) => serverDisk(serverDiskFacts(server, session), biggest),
  },
]
