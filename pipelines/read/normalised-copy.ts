import { open } from 'node:fs/promises'

/** A copy that DuckDB reads in place of a delivered file: it holds only records that DuckDB reads without an error. */
export interface NormalisedCopy {
  readonly path: string
  readonly records: number
  /** In bytes. */
  readonly longestRecord: number
}

/** Bytes buffered before a write. */
const batchBytes = 1 << 20

/** Writes records to a new file that only the current user can read. */
export class NormalisedWriter {
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

  /** @param path an existing file is replaced, so that a second pass can write it again */
  static async create(path: string): Promise<NormalisedWriter> {
    return new NormalisedWriter(path, await open(path, 'w', 0o600))
  }

  /**
   * Adds records, each with its line end.
   *
   * @param count number of records in `bytes`
   * @param longest length of the longest record in bytes
   */
  async write(bytes: Buffer, count = 1, longest = bytes.length): Promise<void> {
    this.#pending.push(bytes)
    this.#bytes += bytes.length
    this.#records += count
    this.#longest = Math.max(this.#longest, longest)
    if (this.#bytes >= batchBytes) await this.#flush()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  /** Writes the buffered rest; the caller still closes the file. */
  async finish(): Promise<NormalisedCopy> {
    await this.#flush()
    return { path: this.#path, records: this.#records, longestRecord: this.#longest }
  }

  async #flush(): Promise<void> {
    await this.#file.writeFile(Buffer.concat(this.#pending))
    this.#pending = []
    this.#bytes = 0
  }
}
