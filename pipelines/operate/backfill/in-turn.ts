/** How tasks are worked on. */
export interface InTurnOptions<Task> {
  /** Tasks at once. */
  readonly concurrency: number
  /** Tasks of one turn are worked on one after the other; undefined for a task that waits for no other. */
  readonly turnOf: (task: Task) => string | undefined
}

/**
 * Works on tasks, several at once, in their order: the first one whose turn is free comes next. So a source whose batches
 * wait for each other leaves the room beside it to others.
 *
 * @param work never rejects
 * @returns what the work gave, in the order of the tasks
 */
export async function inTurn<Task, Result>(
  tasks: readonly Task[],
  { concurrency, turnOf }: InTurnOptions<Task>,
  work: (task: Task) => Promise<Result>,
): Promise<readonly Result[]> {
  const waiting = [...tasks.entries()]
  const busy = new Set<string>()
  const running = new Set<Promise<void>>()
  const results: Result[] = []
  const isFree = (task: Task): boolean => {
    const turn = turnOf(task)
    return turn === undefined || !busy.has(turn)
  }
  while (waiting.length > 0 || running.size > 0) {
    const next = running.size < concurrency ? waiting.findIndex(([, task]) => isFree(task)) : -1
    const [found] = next === -1 ? [] : waiting.splice(next, 1)
    if (found === undefined) {
      await Promise.race(running)
      continue
    }
    const [at, task] = found
    const turn = turnOf(task)
    if (turn !== undefined) busy.add(turn)
    const done: Promise<void> = work(task).then(result => {
      results[at] = result
      running.delete(done)
      if (turn !== undefined) busy.delete(turn)
    })
    running.add(done)
  }
  return results
}

/** What can be put in the order of its days. */
interface Dated {
  readonly batch: { readonly source: string; readonly date: string }
}

/**
 * Puts the tasks of some sources in the order of their days, among the places that these tasks have; others stay.
 *
 * @param isInTurn says of a source whether its days wait for each other
 */
export function inDateOrder<Task extends Dated>(
  tasks: readonly Task[],
  isInTurn: (source: string) => boolean,
): readonly Task[] {
  const left = new Map<string, Task[]>()
  for (const { batch } of tasks) {
    if (!isInTurn(batch.source) || left.has(batch.source)) continue
    const own = tasks.filter(task => task.batch.source === batch.source)
    left.set(
      batch.source,
      own.toSorted((a, b) => (a.batch.date < b.batch.date ? -1 : 1)),
    )
  }
  return tasks.map(task => left.get(task.batch.source)?.shift() ?? task)
}
