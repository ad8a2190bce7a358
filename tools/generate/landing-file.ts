import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { PassThrough, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { FileForm, Outcome, Piece } from './chunk.ts'

/** Rows that must be in quarantine, of one file, by table, column and rule. */
export interface Quarantined extends Outcome {
  /** Record numbers from 1, ascending; one comes as often as rows of it go to quarantine. */
  readonly records: number[]
}

/** What was written to one file. */
export interface WrittenFile {
  /** Path under the landing root. */
  readonly name: string
  readonly records: number
  /** Bytes before packing. */
  readonly bytes: number
  /** How many records were broken, by the name of the fault. */
  readonly faults: Readonly<Record<string, number>>
  readonly quarantined: readonly Quarantined[]
}

const chunkSize = 1 << 20

/**
 * A landing file on its way. It has a name that no source takes until it is whole; only a chunk of it is in memory.
 */
export class LandingFile {
  readonly #form: FileForm
  readonly #path: string
  readonly #head: Transform
  readonly #done: Promise<void>
  readonly #quarantined = new Map<string, Quarantined>()
  readonly #faults = new Map<string, number>()
  #pending: string[]
  #pendingLength = 0
  #bytes = 0
  /** Records so far. */
  records = 0

  /** @param path where the file will be, `.gz` at its end if it is to be packed */
  constructor(form: FileForm, path: string) {
    this.#form = form
    this.#path = path
    this.#pending = [form.begin]
    this.#head = path.endsWith('.gz') ? createGzip() : new PassThrough({ highWaterMark: chunkSize })
    this.#done = pipeline(this.#head, createWriteStream(`${path}.part`, { flags: 'wx' }))
    // Whoever writes next or closes learns of an error; until then it must not end the process.
    this.#done.catch(() => undefined)
  }

  /** Adds a piece. True if there is enough for {@link flush}. */
  add({ text, records, broken }: Piece): boolean {
    if (this.records > 0) this.#pending.push(this.#form.between)
    this.#pending.push(text)
    this.#pendingLength += text.length
    for (const { place, fault, outcomes } of broken) {
      if (fault !== null) this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1)
      for (const outcome of outcomes) this.#expect(outcome, this.records + place)
    }
    this.records += records
    return this.#pendingLength >= chunkSize
  }

  /** Hands on what was added, and waits while the disk is behind. */
  async flush(): Promise<void> {
    const bytes = Buffer.from(this.#pending.join(''))
    this.#pending = []
    this.#pendingLength = 0
    this.#bytes += bytes.length
    if (this.#head.write(bytes)) return
    await (this.#head.destroyed ? this.#done : once(this.#head, 'drain'))
  }

  /**
   * Ends the file and gives it its name.
   *
   * @param name path under the landing root
   */
  async close(name: string): Promise<WrittenFile> {
    this.#pending.push(this.#form.end)
    await this.flush()
    this.#head.end()
    await this.#done
    await rename(`${this.#path}.part`, this.#path)
    return {
      name,
      records: this.records,
      bytes: this.#bytes,
      faults: Object.fromEntries([...this.#faults].sort()),
      quarantined: [...this.#quarantined.values()],
    }
  }

  #expect({ table, column, rule }: Outcome, record: number): void {
    const key = JSON.stringify([table, column, rule])
    const group = this.#quarantined.get(key) ?? { table, column, rule, records: [] }
    group.records.push(record)
    this.#quarantined.set(key, group)
  }
}
