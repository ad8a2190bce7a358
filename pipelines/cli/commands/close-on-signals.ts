import { exitCodes } from '../../platform/exit-codes.ts'
import type { Target } from '../../embedded/target.ts'

/** What listens for signals while a command has a target that it is to close. */
export interface Closing {
  /** Stops listening. Where a signal came it never resolves: the process is about to end. */
  over(): Promise<void>
}

const codes = {
  SIGINT: exitCodes.interrupted,
  SIGTERM: exitCodes.terminated,
  SIGHUP: exitCodes.hungUp,
} as const

type EndingSignal = keyof typeof codes

/**
 * Closes a target where a signal ends the command, which stops an embedded server that is to live no longer, and ends the
 * process with 130, 143 or 129. A second signal ends it at once. Where another part of the command listens to the same
 * signal, such as `stopOnSignals`, that part ends the work and whoever opened the target closes it.
 *
 * @param opening a signal that comes before the target is open waits for it: its server may be starting
 */
export function closeOnSignals(opening: Promise<Target>): Closing {
  let isEnding = false
  const onSignal = (name: NodeJS.Signals): void => {
    if (process.listeners(name).some(one => one !== onSignal)) return
    const code = codes[name as EndingSignal]
    if (isEnding) process.exit(code)
    isEnding = true
    void closeOpened(opening).then(() => process.exit(code))
  }
  const names = (Object.keys(codes) as EndingSignal[]).filter(name => process.listenerCount(name) === 0)
  for (const name of names) process.on(name, onSignal)
  return {
    over: async () => {
      if (isEnding) await new Promise(() => undefined)
      for (const name of names) process.off(name, onSignal)
    },
  }
}

async function closeOpened(opening: Promise<Target>): Promise<void> {
  const target = await opening.catch(() => undefined)
  await target?.close()
}
