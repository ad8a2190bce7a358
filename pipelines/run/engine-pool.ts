import { type EngineProcess, startEngine } from './engine-process.ts'

/** Engines that serve one batch after the other; the pool starts them when a batch needs one. */
export interface EnginePool {
  /**
   * Calls `work` with an idle engine, or with a new one.
   *
   * @throws what the work throws, after the engine was ended
   */
  use<T>(work: (engine: EngineProcess) => Promise<T>): Promise<T>
  /** Ends all engines at once, also busy ones. */
  close(): void
}

/**
 * Makes a pool. It starts as many engines as the caller uses at once.
 *
 * An engine that loaded its batch is kept: starting one costs 0.3 s of CPU, as much as a small batch.
 */
export function enginePool(): EnginePool {
  const idle: EngineProcess[] = []
  const all = new Set<EngineProcess>()
  const takeIdle = (): EngineProcess | undefined => {
    for (let engine = idle.pop(); engine !== undefined; engine = idle.pop()) {
      if (engine.isSound()) return engine
      all.delete(engine)
    }
    return undefined
  }
  const end = (engine: EngineProcess): void => {
    engine.stop()
    all.delete(engine)
  }
  return {
    use: async work => {
      const engine = takeIdle() ?? startEngine()
      all.add(engine)
      try {
        const result = await work(engine)
        idle.push(engine)
        return result
      } catch (error) {
        end(engine)
        throw error
      }
    },
    close: () => {
      for (const engine of all) end(engine)
    },
  }
}
