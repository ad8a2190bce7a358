/** The steps of a run, in their order. */
export type Stage = 'lock' | 'read' | 'stage' | 'audit' | 'publish'

/** Told how far one run is, for a person who watches or a program that counts. It must not throw. */
export interface Watcher {
  /** A step begins. */
  stage(stage: Stage): void
  /** Rows copied so far, of all tables; it begins again at 0 where the batch starts over. */
  rows(rows: number): void
}

/** For a run that nobody watches. */
export const unwatched: Watcher = { stage: () => undefined, rows: () => undefined }
