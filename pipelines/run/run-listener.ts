/** The steps of a run, in their order. */
export type Stage = 'lock' | 'read' | 'stage' | 'audit' | 'publish'

/** Gets the progress of one run, for a terminal or for telemetry. It must not throw. */
export interface RunListener {
  /** A step begins. */
  stage(stage: Stage): void
  /** Rows copied so far, of all tables; begins again at 0 if the batch starts over. */
  rows(rows: number): void
}

/** Ignores the progress. */
export const noListener: RunListener = { stage: () => undefined, rows: () => undefined }
