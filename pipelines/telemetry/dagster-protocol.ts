import { appendFileSync, readFileSync, writeSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import { z } from 'zod'
import { parseJsonOnce } from '../platform/json-text.ts'

/** Version of the Dagster Pipes protocol, not of a package. */
const version = '0.1'

/** The part of the step's context that Caseload reads. */
const context = z.object({ asset_keys: z.array(z.string()).nullable() })
const contextParams = z.union([z.object({ path: z.string() }), z.object({ data: context })])

const stream = z.enum(['stdout', 'stderr'])
const messageParams = z.union([
  z.object({ path: z.string() }),
  z.object({ stdio: stream }),
  z.object({ buffered_stdio: stream }),
])

/** Sends one message to Dagster. Throws if it cannot write the message. */
export type SendMessage = (method: string, params: Readonly<Record<string, unknown>>) => void

/**
 * The keys of the step's assets, with `/` between their parts; empty for a step without assets.
 *
 * @param param DAGSTER_PIPES_CONTEXT: base64 of zlib of JSON, the context or a path to it
 * @throws Error if the context is not as Dagster writes it
 */
export function assetKeys(param: string): readonly string[] {
  const params = contextParams.safeParse(decode('DAGSTER_PIPES_CONTEXT', param))
  if (!params.success)
    throw new Error('Expected a path or data in DAGSTER_PIPES_CONTEXT, found neither a path nor data.')
  const found = context.safeParse('data' in params.data ? params.data.data : readContext(params.data.path))
  if (!found.success) throw new Error('Expected asset_keys in the context of the Dagster step, found none.')
  return found.data.asset_keys ?? []
}

function readContext(path: string): unknown {
  try {
    return parseJsonOnce(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Error(`The context of the Dagster step could not be read from ${path}.`, { cause: error })
  }
}

/**
 * Opens the message channel. Each message is a line that is written at once, since Dagster reads the file during the
 * run.
 *
 * @param param DAGSTER_PIPES_MESSAGES: base64 of zlib of JSON, a path or the name of a standard stream
 * @throws Error if the parameter is not as Dagster writes it
 */
export function messageSender(param: string): SendMessage {
  const params = messageParams.safeParse(decode('DAGSTER_PIPES_MESSAGES', param))
  if (!params.success) {
    throw new Error(
      'Expected a file or stdio in DAGSTER_PIPES_MESSAGES, found neither. Use PipesTempFileMessageReader.',
    )
  }
  const { data } = params
  return (method, members) => {
    const line = `${JSON.stringify({ __dagster_pipes_version: version, method, params: members })}\n`
    if (!('path' in data)) {
      writeSync(('stdio' in data ? data.stdio : data.buffered_stdio) === 'stdout' ? 1 : 2, line)
      return
    }
    try {
      appendFileSync(data.path, line)
    } catch (error) {
      throw new Error(`The message ${method} could not be written to ${data.path}.`, { cause: error })
    }
  }
}

function decode(name: string, param: string): unknown {
  try {
    return parseJsonOnce(inflateSync(Buffer.from(param, 'base64')).toString('utf8'))
  } catch (error) {
    throw new Error(`Expected ${name} as Dagster sets it, base64 of zlib of JSON, found something else.`, {
      cause: error,
    })
  }
}
