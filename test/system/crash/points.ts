/** A message on its way from Caseload to the server. */
export interface Message {
  readonly type: string
  readonly body: Buffer
  readonly connection: number
}

/** Tells whether a message of a run is the one that is looked for; asked about every message, in order. */
export type Recogniser = (message: Message) => boolean

/** A moment in the life of a run, known by what it is about to say to the server. */
export interface Point {
  readonly name: string
  /** Whose connection it is. */
  readonly owner: 'command' | 'engine'
  /** A new recogniser for one run. */
  readonly recogniser: () => Recogniser
  /** What readers see after a fault there that ends the run; `either` where the server may go on without its client. */
  readonly sees: 'old' | 'new' | 'either'
  /** The message has done its work when the fault strikes, but its sender does not know. */
  readonly answered?: true
  /** A reader keeps the message from being carried out; the fault strikes while the server works on it. */
  readonly working?: true
  /** The message before this one that the server refuses, where it takes a failure to come so far. */
  readonly afterRefusal?: () => Recogniser
  /** A run that was killed before has left its leaves. */
  readonly afterDeath?: true
}

const statement =
  (text: string): Recogniser =>
  ({ type, body }) =>
    (type === 'P' || type === 'Q') && body.includes(text)

/** On the connection that has said something, the n-th of the messages that are looked for. */
function onceSaid(said: Recogniser, looksFor: Recogniser, nth = 1): Recogniser {
  let connection: number | undefined
  let count = 0
  return message => {
    if (connection === undefined && said(message)) {
      connection = message.connection
      return false
    }
    return message.connection === connection && looksFor(message) && ++count === nth
  }
}

const ofType =
  (wanted: string): Recogniser =>
  ({ type }) =>
    type === wanted

/** The largest table, copied last. */
const copiesTreatments = statement('copy caseload_stage."treatments_')
const quarantines = statement('copy caseload.quarantine_rows')
const publishes = statement('caseload.publish(')
const abortsDeadRuns = statement('caseload.abort_dead_runs(')
const indexes = (): Recogniser => onceSaid(copiesTreatments, statement('caseload.finish_table('))

/** The points of the engine's process: nothing of what it does is seen by readers. */
export const enginePoints: readonly Point[] = [
  {
    name: 'after create',
    owner: 'engine',
    recogniser: () => statement('copy caseload_stage."visits_'),
    sees: 'old',
  },
  // The header, two batches, and then this one.
  {
    name: 'mid copy',
    owner: 'engine',
    recogniser: () => onceSaid(copiesTreatments, ofType('d'), 4),
    sees: 'old',
  },
  { name: 'before index', owner: 'engine', recogniser: indexes, sees: 'old' },
  {
    name: 'commit of the stage',
    owner: 'engine',
    recogniser: () => onceSaid(copiesTreatments, statement('commit')),
    sees: 'old',
  },
  { name: 'quarantine write', owner: 'engine', recogniser: () => onceSaid(quarantines, ofType('d')), sees: 'old' },
  {
    name: 'commit of the quarantine',
    owner: 'engine',
    recogniser: () => onceSaid(quarantines, statement('commit')),
    sees: 'old',
  },
  // Its last session says good-bye; what is left to do is to tell the command.
  { name: 'engine exit', owner: 'engine', recogniser: () => onceSaid(quarantines, ofType('X')), sees: 'old' },
]

/** The points of the command. */
export const commandPoints: readonly Point[] = [
  { name: 'after lock', owner: 'command', recogniser: () => abortsDeadRuns, sees: 'old' },
  { name: 'after stage', owner: 'command', recogniser: () => statement('insert into caseload.files'), sees: 'old' },
  { name: 'before publish', owner: 'command', recogniser: () => publishes, sees: 'old' },
  { name: 'inside publish', owner: 'command', recogniser: () => publishes, sees: 'either', working: true },
  {
    name: 'before commit',
    owner: 'command',
    recogniser: () => onceSaid(publishes, ofType('S')),
    sees: 'old',
  },
  {
    name: 'after commit',
    owner: 'command',
    recogniser: () => onceSaid(publishes, ofType('S')),
    sees: 'new',
    answered: true,
  },
  {
    name: 'cleanup of replaced versions',
    owner: 'command',
    recogniser: () => statement('caseload.drop_expired('),
    sees: 'new',
  },
  {
    name: 'cleanup after a failure',
    owner: 'command',
    recogniser: () => statement('caseload.drop_leaves('),
    sees: 'old',
    afterRefusal: indexes,
  },
  {
    name: 'cleanup of a dead run',
    owner: 'command',
    recogniser: () => onceSaid(abortsDeadRuns, ofType('S')),
    sees: 'old',
    afterDeath: true,
  },
]
