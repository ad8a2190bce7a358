import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'

/** The secret key of the server, a word of its own so that a leak of it is seen. */
const keyId = 'S3RVER'
const secret = 'S3RVER'

/** A server that speaks S3, on loopback, with one bucket `wards`. */
export interface TestStore {
  readonly port: number
  /** What a command needs to reach it, through a proxy on another port if one is given. */
  env(port?: number): Readonly<Record<string, string>>
  put(key: string, body: string | Uint8Array): Promise<void>
  remove(key: string): Promise<void>
  keys(): Promise<readonly string[]>
  text(key: string): Promise<string>
  etag(key: string): Promise<string | undefined>
  close(): Promise<void>
}

/** Starts a server in a process of its own. */
export async function startStore(): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-s3-'))
  const server = fork(fileURLToPath(new URL('serve.js', import.meta.url)), [folder, 'wards'], { execArgv: [] })
  const [port] = (await once(server, 'message')) as [number]
  const env = (through = port): Readonly<Record<string, string>> => ({
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${through}`,
    AWS_ACCESS_KEY_ID: keyId,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  })
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: keyId, secretAccessKey: secret },
  })
  const Bucket = 'wards'
  return {
    port,
    env,
    put: async (Key, Body) => {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }))
    },
    remove: async Key => {
      await client.send(new DeleteObjectCommand({ Bucket, Key }))
    },
    keys: async () =>
      ((await client.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key ?? '').sort(),
    text: async Key =>
      (await (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()) ?? '',
    etag: async Key => (await client.send(new GetObjectCommand({ Bucket, Key }))).ETag?.replaceAll('"', ''),
    close: async () => {
      client.destroy()
      server.disconnect()
      await once(server, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What a proxy does with what the server says. */
export interface Rule {
  /** Told the bytes that a connection got so far and the request it made; true cuts it before these bytes. */
  (request: string, bytes: number): boolean | Promise<boolean>
}

/** A proxy before a server on loopback. */
export interface CuttingProxy {
  readonly port: number
  /** First lines of the requests, in order. */
  readonly requests: readonly string[]
  close(): Promise<void>
}

/**
 * Starts a proxy that looks at every piece of an answer. A piece that is to be cut goes on by half, and then the
 * connection breaks.
 */
export async function startCutter(port: number, cuts: Rule): Promise<CuttingProxy> {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    let request = ''
    let bytes = 0
    client.on('data', (piece: Buffer) => {
      const [line] = /^[A-Z]+ \S+ HTTP/.exec(piece.toString('latin1')) ?? []
      if (line !== undefined) {
        request = piece.toString('latin1')
        requests.push(line + (/^range: .*$/im.exec(request)?.[0] ?? ''))
        bytes = 0
      }
      upstream.write(piece)
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    void relay(upstream, client, async piece => {
      bytes += piece.length
      return cuts(request, bytes)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    port: address.port,
    requests,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function relay(from: Socket, to: Socket, cuts: (piece: Buffer) => Promise<boolean>): Promise<void> {
  try {
    for await (const piece of from as AsyncIterable<Buffer>) {
      if (await cuts(piece)) {
        to.write(piece.subarray(0, Math.floor(piece.length / 2)), () => to.destroy())
        return
      }
      to.write(piece)
    }
  } catch {
    to.destroy()
  }
}
