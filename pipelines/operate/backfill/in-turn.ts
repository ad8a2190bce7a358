/** How {@link inTurn} runs tasks. */
export interface InTurnOptions<Task> {
  /** Maximum number of tasks at once. */
  readonly concurrency: number
  /** Tasks of the same turn run one after the other; undefined for a task that waits for no other. */
  readonly turnOf: (task: Task) => string | undefined
}

/**
 * Runs tasks, several at once, in their order: next comes the first task whose turn is free. So while batches of one source
 * wait for each other, those of other sources run.
 *
 * @param work never rejects
 * @returns the results in the order of the tasks
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

/** A task with a day. */
interface Dated {
  readonly batch: { readonly source: string; readonly date: string }
}

/**
 * Sorts the tasks of some sources by day within the positions of these tasks; all other tasks keep their position.
 *
 * @param isInTurn true for a source whose days wait for each other
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
