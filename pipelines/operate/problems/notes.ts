import type { BatchState, StateChecks, StatusWindow } from '../../ledger/status.ts'
import { ledgerAlone, batchStates } from '../../ledger/status.ts'
import { countText } from '../../platform/count-text.ts'
import type { Session } from '../../platform/postgres.ts'
import { type Line, oneLine } from './lines.ts'

/**
 * A batch that needs no attention by itself, but of which readers see something else than its newest delivery and code would
 * give: a stale one, which `backfill --reprocess stale` loads, and a pinned one, which every backfill skips.
 */
export interface Note extends Pick<BatchState, 'source' | 'batch_date' | 'last_run' | 'reason'> {
  readonly state: 'stale' | 'pinned'
}

/** The states of the batches of a window, as the ledger alone has them, and the notes of those that are no problem. */
export interface Examined {
  readonly states: readonly BatchState[]
  readonly notes: readonly Note[]
}

/**
 * Looks at the batches of a window. Whether a batch is stale decides nothing about its state here: its newest run may have failed,
 * and that is what people have to know of it.
 */
export async function examineBatches(session: Session, window: StatusWindow, checks: StateChecks): Promise<Examined> {
  const changes = new Map<string, string>()
  const states = await batchStates(session, window, {
    deliveredSince: checks.deliveredSince,
    staleness: async (batch, published) => {
      const { kind, reason } = await checks.staleness(batch, published)
      if (kind !== 'unchanged') changes.set(`${batch.source} ${batch.date}`, reason)
      return ledgerAlone.staleness(batch, published)
    },
  })
  const notes = states.flatMap(({ source, batch_date, state, problem, last_run, reason }): readonly Note[] => {
    if (state === 'pinned') return [{ source, batch_date, state, last_run, reason }]
    const change = changes.get(`${source} ${batch_date}`)
    return problem || change === undefined ? [] : [{ source, batch_date, state: 'stale', last_run, reason: change }]
  })
  return { states, notes }
}

/** When or why to call a command, without a full stop, and the command. */
interface NextStep {
  readonly hint: string
  readonly next: string
}

/** What to do about a note. */
export function noteStep({ source, batch_date: date, state }: Note, to = date): NextStep {
  return state === 'pinned'
    ? { hint: 'a backfill skips it; to load it', next: `caseload run ${source} ${date}` }
    : { hint: 'to load again', next: `caseload backfill ${source} --from ${date} --to ${to} --reprocess stale` }
}

/** One line for each note, and one for consecutive batches of a source that are stale for one reason, such as an upgrade. */
export function noteLines(notes: readonly Note[]): readonly Line[] {
  return groups(notes).map(group => {
    const [first] = group
    const to = group.at(-1)?.batch_date ?? first.batch_date
    const { hint, next } = noteStep(first, to)
    const days = group.length === 1 ? first.batch_date : `${first.batch_date} .. ${to}`
    const count = group.length === 1 ? [] : [countText(group.length, 'batch', 'batches')]
    const why = [...count, ...(first.reason === null ? [] : [oneLine(first.reason)])].join('; ')
    return { text: `note: ${first.source} ${days}: ${first.state} (${why}); ${hint}:`, command: next }
  })
}

type Group = readonly [Note, ...Note[]]

function groups(notes: readonly Note[]): readonly Group[] {
  const all: [Note, ...Note[]][] = []
  for (const one of notes) {
    const last = all.at(-1)
    const first = last?.[0]
    const isSame = first?.source === one.source && first.state === 'stale' && one.state === 'stale'
    if (isSame && first.reason === one.reason) last?.push(one)
    else all.push([one])
  }
  return all
}
