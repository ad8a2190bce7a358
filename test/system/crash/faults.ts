import type { ExecutionContext } from 'ava'
import type { Ended } from '../../helpers/cli.ts'
import type { Fate, MessageProxy } from '../laws/message-proxy.ts'
import type { Point } from './points.ts'
import type { Seen } from './readers.ts'

type Process = 'command' | 'engine'

/** A run that has come to a point, where its message is held. */
export interface Scene {
  readonly t: ExecutionContext
  readonly point: Point
  readonly proxy: MessageProxy
  /** Lets the message meet its fate. */
  readonly settle: (fate: Fate) => Promise<void>
  readonly signal: (whom: Process, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => void
  /** Runs the same batch past the proxy. */
  readonly runAgain: () => Promise<Ended>
  readonly seen: () => Promise<Seen>
}

/** How the disturbed run ends: exit 0, exit 1, by its SIGKILL, or as the server decided in the meantime. */
export type Outcome = 'done' | 'failed' | 'killed' | 'either'

/** What can go wrong at a point. */
export interface Fault {
  readonly name: string
  readonly strike: (scene: Scene) => Promise<void>
  readonly outcome: Outcome
  /** Processes that must be there for it to make sense. */
  readonly needs: readonly Process[]
  /** Of a refusal. */
  readonly sqlState?: string
}

function killed(...whom: readonly Process[]): Fault['strike'] {
  return async scene => {
    for (const one of whom) scene.signal(one, 'SIGKILL')
    // What its sender did not live to send is never sent.
    await scene.settle(whom.includes(scene.point.owner) ? 'cut' : 'pass')
  }
}

/** A process stands still; the batch stays locked and readable; then it goes on or one is killed. */
function frozen(whom: Process, then: 'goes on' | { readonly killed: Process }): Fault['strike'] {
  return async scene => {
    const { t, point, settle, signal } = scene
    const holds = whom === point.owner && point.working !== true
    signal(whom, 'SIGSTOP')
    if (!holds) await settle('pass')
    t.is((await scene.runAgain()).code, 75, 'the batch is locked')
    await scene.seen()
    if (then === 'goes on') {
      signal(whom, 'SIGCONT')
      if (holds) await settle('pass')
    } else {
      signal(then.killed, 'SIGKILL')
      // What a process that still stands still is about to say stays unsaid.
      if (holds && then.killed === whom) await settle('cut')
    }
  }
}

function refused(name: string, sqlState: string): Fault {
  return { name, sqlState, strike: ({ settle }) => settle({ refuse: sqlState }), outcome: 'failed', needs: [] }
}

/** Every fault. */
export const faults: readonly Fault[] = [
  { name: 'command killed', strike: killed('command'), outcome: 'killed', needs: ['command'] },
  { name: 'engine killed', strike: killed('engine'), outcome: 'failed', needs: ['engine'] },
  { name: 'both killed', strike: killed('engine', 'command'), outcome: 'killed', needs: ['engine'] },
  refused('internal error', 'XX000'),
  refused('serialization failure', '40001'),
  refused('query cancelled', '57014'),
  refused('disk full', '53100'),
  { name: 'command frozen, goes on', strike: frozen('command', 'goes on'), outcome: 'done', needs: ['command'] },
  {
    name: 'command frozen, then killed',
    strike: frozen('command', { killed: 'command' }),
    outcome: 'killed',
    needs: ['command'],
  },
  { name: 'engine frozen, goes on', strike: frozen('engine', 'goes on'), outcome: 'done', needs: ['engine'] },
  {
    name: 'engine frozen, then killed',
    strike: frozen('engine', { killed: 'engine' }),
    outcome: 'failed',
    needs: ['engine'],
  },
  {
    name: 'engine frozen, command killed',
    strike: frozen('engine', { killed: 'command' }),
    outcome: 'killed',
    needs: ['engine'],
  },
  {
    name: 'connection cut',
    strike: ({ settle }) => settle('cut'),
    outcome: 'failed',
    needs: [],
  },
  {
    name: 'server out of reach',
    strike: async ({ proxy, settle }) => {
      proxy.shut()
      await settle('cut')
      proxy.cut()
    },
    outcome: 'failed',
    needs: [],
  },
]
