import { open } from 'node:fs/promises'

/** A file of the engine's own that DuckDB reads in place of a delivered one. */
export interface CleanFile {
  readonly path: string
  readonly records: number
  /** Bytes of its longest record. */
  readonly longestRecord: number
}

/** Bytes gathered before they are written. */
const batchBytes = 1 << 20

/** Writes records to a new file that only this user may read. */
export class CleanWriter {
  readonly #path: string
  readonly #file: Awaited<ReturnType<typeof open>>
  #pending: Buffer[] = []
  #bytes = 0
  #records = 0
  #longest = 0

  private constructor(path: string, file: Awaited<ReturnType<typeof open>>) {
    this.#path = path
    this.#file = file
  }

  /** @param path replaced if it is there, so that a second pass can write anew */
  static async create(path: string): Promise<CleanWriter> {
    return new CleanWriter(path, await open(path, 'w', 0o600))
  }

  /**
   * Takes records, each with its line end.
   *
   * @param count how many records the bytes are
   * @param longest bytes of the longest of them
   */
  async write(bytes: Buffer, count = 1, longest = bytes.length): Promise<void> {
    this.#pending.push(bytes)
    this.#bytes += bytes.length
    this.#records += count
    this.#longest = Math.max(this.#longest, longest)
    if (this.#bytes >= batchBytes) await this.#flush()
  }

  /** Closes the file, whether or not it is whole. */
  async close(): Promise<void> {
    await this.#file.close()
  }

  /** Writes out what is left and says what the file holds. */
  async finish(): Promise<CleanFile> {
    await this.#flush()
    return { path: this.#path, records: this.#records, longestRecord: this.#longest }
  }

  async #flush(): Promise<void> {
    await this.#file.writeFile(Buffer.concat(this.#pending))
    this.#pending = []
    this.#bytes = 0
  }
}
