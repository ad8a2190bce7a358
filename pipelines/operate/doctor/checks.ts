import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { transformerOf } from '../../source/batch.ts'
import type { DuckDB } from '../../platform/duckdb.ts'
import type { Environment } from '../../platform/environment.ts'
import { isCaseload } from '../gc/dead-runs.ts'
import { findLeftovers } from '../gc/leftovers.ts'
import { memberOf } from '../../ledger/access/acting.ts'
import { isDistributed } from '../../ledger/layout.ts'
import { foreignObjects } from '../../ledger/ownership.ts'
import { errorCode, insufficientPrivilege } from '../../platform/server-error.ts'
import { isS3 } from '../../platform/s3-location.ts'
import { problemStates } from '../problems/problems.ts'
import type { Settings } from '../../source/settings.ts'
import { access } from './access.ts'
import { encryption } from './connection.ts'
import { batchProblems, futureBatches, leftovers, marts, unmasked, unmaskedFacts } from './contents.ts'
import { listViews } from '../../ledger/list-views.ts'
import { martStatus } from '../../marts/status.ts'
import { transformersIn } from './declared-zones.ts'
import { diskFacts, serverDisk, serverDiskFacts, workDisk } from './disk.ts'
import { type Finding, ok } from './finding.ts'
import { landing } from './landing.ts'
import { landingFacts } from './landing-facts.ts'
import { futureLanding, landingNames, misnamed } from './landing-names.ts'
import { leafFacts, leaves, locks } from './locks.ts'
import type { ReachedServer } from './reach-server.ts'
import { lookUpOthers, lookUpRights, othersRights, rights } from './rights.ts'
import { fileLimit, maskKey, noticeTargets, openFileLimit } from './runtime.ts'
import { clock, clockOffset, database, durability, serverVersion } from './server.ts'
import { codeLedger, ledgerState, ledgerStateOf, nodeVersion } from './versions.ts'
import { zoneFacts, zones } from './zones.ts'

/** This machine, and the server if it answers. */
export interface Machine {
  readonly env: Environment
  readonly settings: Settings
  /** Undefined if it does not open. */
  readonly duckdb: DuckDB | undefined
  readonly reached: ReachedServer | undefined
  /** Zones that sources declare, in the code or in the ledger. */
  readonly declaredZones: readonly string[]
}

/** A server that answers, and the settings of commands that use it. */
export interface OnServer extends ReachedServer {
  /** Where work folders are made, absolute. */
  readonly workRoot: string
  /** Number of replaced versions of a batch to keep. */
  readonly keep: number
  readonly env: Environment
  /** The time of this machine in milliseconds. */
  readonly now: () => number
}

/** One check. If the server refuses it, the refusal becomes a finding of this name. */
export interface Check<Subject> {
  readonly name: string
  /** True if the check makes no sense with wrong settings. */
  readonly needsSettings?: boolean
  readonly look: (subject: Subject) => Findings | Promise<Findings>
}

type Findings = Finding | readonly Finding[]

/** The checks of this machine; they need no server. */
export const machineChecks: readonly Check<Machine>[] = [
  { name: 'node', look: () => nodeVersion(process.versions.node) },
  { name: 'open files', look: () => fileLimit(openFileLimit()) },
  { name: 'masking', look: ({ env }) => maskKey(env) },
  { name: 'notices', look: ({ env }) => noticeTargets(env) },
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
        return ok('landing', `${settings.landing}: the rights in the object store were not checked`)
      }
      const transformers = transformersIn(settings.sourceFolders)
      // A source whose code is not installed any more delivers nothing.
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

/** The checks of a server that answers. */
export const serverChecks: readonly Check<OnServer>[] = [
  { name: 'postgres', look: ({ server }) => serverVersion(server) },
  { name: 'encryption', look: ({ session, server }) => encryption(session, server) },
  { name: 'durability', look: ({ server }) => durability(server) },
  { name: 'clock', look: async ({ session, now }) => clock(await clockOffset(session, now)) },
  {
    name: 'rights',
    look: async ({ session, server }) => {
      const { creators, strangers } = await lookUpOthers(session)
      const member = server.has_ledger ? await memberOf(session) : undefined
      if (member !== undefined) {
        const how = `${member.login} has the rights of its roles (docs/roles.md), and ${member.owner} owns everything`
        const strange = strangers.filter(one => one.owner !== member.owner)
        return [ok('rights', how), ...othersRights(creators, strange)]
      }
      return [...rights(await lookUpRights(session), server), ...othersRights(creators, strangers)]
    },
  },
  { name: 'roles', look: ({ session, server }) => (server.has_ledger ? access(session) : []) },
  { name: 'database', look: async ({ session, server }) => database(server, await foreignObjects(session)) },
  {
    name: 'ledger',
    look: async ({ session, server }) => {
      return ledgerState(server.has_ledger ? await ledgerStateOf(session) : undefined, codeLedger())
    },
  },
  {
    name: 'batches',
    look: async ({ session, server, now }) => {
      if (!server.has_ledger) return []
      const window = { sources: [], from: undefined, to: undefined, now: new Date(now()) }
      return batchProblems((await problemStates(session, window)).length)
    },
  },
  {
    name: 'future days',
    look: ({ session, server, now }) => (server.has_ledger ? futureBatches(session, new Date(now())) : []),
  },
  {
    name: 'marts',
    look: async ({ session, server }) => (server.has_ledger ? marts(await martStatus(session, listViews())) : []),
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
    look: async ({ session, server, biggest }) => {
      const isSpread = server.has_ledger && (await isDistributed(session).catch(unlessHidden))
      return serverDisk(serverDiskFacts(server, session), biggest, isSpread)
    },
  },
]

/** False for a login that may not read the ledger. */
function unlessHidden(error: unknown): false {
  if (errorCode(error) === insufficientPrivilege) return false
  throw error
}
