/** Passes chunks from several producers to one consumer; a producer waits until the consumer takes its chunk. */
export interface Channel extends AsyncIterable<Uint8Array> {
  /**
   * Resolves when the consumer takes the chunk.
   *
   * @throws the error of {@link Channel.break}
   */
  push(chunk: Uint8Array): Promise<void>
  /** The consumer's loop ends after the last chunk. */
  end(): void
  /** The consumer's loop and all pushes, waiting and later ones, throw this error. */
  break(error: Error): void
}

interface Waiting {
  readonly chunk: Uint8Array
  readonly taken: () => void
  readonly failed: (error: Error) => void
}

export function openChannel(): Channel {
  const queue: Waiting[] = []
  let ended = false
  let failure: { readonly error: Error } | undefined
  let wake: () => void = () => undefined
  return {
    push: chunk =>
      new Promise<void>((taken, failed) => {
        if (failure !== undefined) {
          failed(failure.error)
          return
        }
        queue.push({ chunk, taken, failed })
        wake()
      }),
    end: () => {
      ended = true
      wake()
    },
    break: error => {
      failure ??= { error }
      for (const { failed } of queue.splice(0)) failed(error)
      wake()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        if (failure !== undefined) throw failure.error
        const next = queue.shift()
        if (next !== undefined) {
          next.taken()
          yield next.chunk
        } else if (ended) return
        else {
          await new Promise<void>(resolve => {
            wake = resolve
          })
        }
      }
    },
  }
}
