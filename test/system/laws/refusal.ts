/** How a server is made to raise an error in place of what a client asked for. */
export interface Refusal {
  /** What the server gets. */
  readonly sent: Buffer
  /** The client's message follows it, instead of being replaced. */
  readonly withMessage: boolean
  /** Types of the client's next messages that the server does not get: they belong to the one that was replaced. */
  readonly swallows: string
  /** The type of the first message that it gets again. */
  readonly until: string
  /** Gives the server's answer the SQLSTATE that was asked for, in place. */
  readonly relabel: (answer: Buffer) => void
}

/**
 * Lets the server itself raise an error, so that its transaction is in the state that a true one leaves.
 *
 * @param type of the message that is replaced: Query, Parse, CopyData; before a Sync the error comes on top, after the
 *   work and before its commit
 * @param sqlState such as 53100 for a full disk
 */
export function refusal(type: string, sqlState: string): Refusal {
  const raise = `do $$ begin raise exception 'refused by the test' using errcode = '${sqlState}'; end $$`
  const plain = { withMessage: false, swallows: '', until: '', relabel: () => undefined }
  if (type === 'Q') return { ...plain, sent: packed('Q', `${raise}\0`) }
  if (type === 'd') {
    // Only a CopyFail ends a COPY; the server calls it 57014.
    const relabel = (answer: Buffer): void => {
      const at = answer.indexOf('C57014\0')
      if (at >= 0) answer.write(sqlState, at + 1)
    }
    return { ...plain, sent: packed('f', 'refused by the test\0'), swallows: 'dcf', until: 'Q', relabel }
  }
  const call = Buffer.concat([
    packed('P', `\0${raise}\0\0\0`),
    packed('B', '\0\0' + '\0\0'.repeat(3)),
    packed('E', '\0' + '\0'.repeat(4)),
  ])
  if (type === 'P') return { ...plain, sent: call, swallows: 'BDE', until: 'S' }
  if (type === 'S') return { ...plain, sent: call, withMessage: true }
  throw new Error(`a message of type ${type} cannot be refused`)
}

function packed(type: string, body: string): Buffer {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeUInt32BE(4 + Buffer.byteLength(body), 1)
  return Buffer.concat([head, Buffer.from(body)])
}
