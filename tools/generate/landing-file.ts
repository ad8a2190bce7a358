import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { PassThrough, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { FileForm, QuarantineEntry, Chunk } from './chunk.ts'

/** Rows of one file that must be in quarantine, by table, column and rule. */
export interface Quarantined extends QuarantineEntry {
  /** Record numbers from 1, ascending, one for each row that goes to quarantine. */
  readonly records: number[]
}

/** A written file. */
export interface WrittenFile {
  /** Path under the landing root. */
  readonly name: string
  readonly records: number
  /** Size before compression. */
  readonly bytes: number
  /** How many records were broken, by the name of the fault. */
  readonly faults: Readonly<Record<string, number>>
  readonly quarantined: readonly Quarantined[]
}

const bufferSize = 1 << 20

/**
 * A landing file that is being written. Until it is complete, its name matches no input; only a buffer of it is in
 * memory.
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
  /** Records written so far. */
  records = 0

  /** @param path of the complete file, with `.gz` to compress it */
  constructor(form: FileForm, path: string) {
    this.#form = form
    this.#path = path
    this.#pending = [form.begin]
    this.#head = path.endsWith('.gz') ? createGzip() : new PassThrough({ highWaterMark: bufferSize })
    this.#done = pipeline(this.#head, createWriteStream(`${path}.part`, { flags: 'wx' }))
    // The next flush or close throws the error; until then it must not end the process.
    this.#done.catch(() => undefined)
  }

  /** Adds a chunk. Returns true if the buffer is full and {@link flush} must be called. */
  add({ text, records, broken }: Chunk): boolean {
    if (this.records > 0) this.#pending.push(this.#form.between)
    this.#pending.push(text)
    this.#pendingLength += text.length
    for (const { place, fault, entries } of broken) {
      if (fault !== null) this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1)
      for (const entry of entries) this.#expect(entry, this.records + place)
    }
    this.records += records
    return this.#pendingLength >= bufferSize
  }

  /** Writes the buffer, and waits if the disk is slower. */
  async flush(): Promise<void> {
    const bytes = Buffer.from(this.#pending.join(''))
    this.#pending = []
    this.#pendingLength = 0
    this.#bytes += bytes.length
    if (this.#head.write(bytes)) return
    await (this.#head.destroyed ? this.#done : once(this.#head, 'drain'))
  }

  /**
   * Completes the file and renames it.
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

  #expect({ table, column, rule }: QuarantineEntry, record: number): void {
    const key = JSON.stringify([table, column, rule])
    const group = this.#quarantined.get(key) ?? { table, column, rule, records: [] }
    group.records.push(record)
    this.#quarantined.set(key, group)
  }
}
