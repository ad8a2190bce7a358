import { setTimeout as sleep } from 'node:timers/promises'
import type { News, Notice } from './notice.ts'

/** Gathers the news of a worker, so that a night in which all fails is a few messages. */
export interface NewsCollector {
  readonly add: (news: News) => void
  /** Sends what is left. */
  readonly stop: () => Promise<void>
}

/**
 * Tells the first news at once, and then what came in the meantime, at most once in the given time.
 *
 * @param tell never rejects
 */
export function collectNews(tell: (news: News) => Promise<void>, everyMs: number): NewsCollector {
  const stop = new AbortController()
  let waiting: News = { troubles: [], well: [] }
  let telling: Promise<void> | undefined
  const work = async (): Promise<void> => {
    while (waiting.troubles.length + waiting.well.length > 0) {
      const news = waiting
      waiting = { troubles: [], well: [] }
      await tell(news)
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
    telling = undefined
  }
  return {
    add: ({ troubles, well }) => {
      if (troubles.length + well.length === 0) return
      // Of a batch that failed and then was published, or the other way round, the last counts.
      const newest = new Set([...troubles, ...well].map(nameOf))
      const isOther = (one: Notice): boolean => !newest.has(nameOf(one))
      waiting = {
        troubles: [...waiting.troubles.filter(isOther), ...troubles],
        well: [...waiting.well.filter(isOther), ...well],
      }
      telling ??= work()
    },
    stop: async () => {
      stop.abort()
      await telling
    },
  }
}

const nameOf = ({ source, date }: Notice): string => `${source} ${date}`
