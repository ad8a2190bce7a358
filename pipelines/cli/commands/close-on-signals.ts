import { exitCodes } from '../../platform/exit-codes.ts'
import type { Target } from '../../embedded/target.ts'

/** Listens for signals while a command has an ephemeral target. */
export interface Closing {
  /** Stops listening. After a signal it never resolves: the process is about to end. */
  over(): Promise<void>
}

const codes = {
  SIGINT: exitCodes.interrupted,
  SIGTERM: exitCodes.terminated,
  SIGHUP: exitCodes.hungUp,
} as const

type EndingSignal = keyof typeof codes

/**
 * Closes a target on a signal, which stops an ephemeral server, and ends the process with 130, 143 or 129. A second signal
 * ends it at once. If another part of the command listens to the same signal, such as `stopOnSignals`, that part ends the work
 * and the function that opened the target closes it.
 *
 * @param opening a signal before the target is open waits for it: its server may be starting
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
