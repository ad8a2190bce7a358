import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Batch, compactDate } from '../source/batch.ts'
import type { Environment } from '../platform/environment.ts'
import { isS3, parseS3 } from '../platform/s3-location.ts'
import type { ReadFile } from '../source/transformer.ts'

/** How OpenLineage names a dataset: the data source, and the dataset within it. */
export interface DatasetName {
  readonly namespace: string
  readonly name: string
}

/**
 * Names tables by OpenLineage's convention: namespace `postgres://host:port`, name `database.schema.table`. It uses
 * only host, port and database of a connection string. A Unix socket has the name of this host.
 *
 * @param url DATABASE_URL, or undefined if the PG* variables name the database
 */
export function tableNaming(url: string | undefined, env: Environment): (table: string) => DatasetName {
  const { host, port, database } = url === undefined ? fromEnvironment(env) : fromUrl(url, env)
  const shown = host === '' || host.startsWith('/') ? hostname() : host
  return table => ({ namespace: `postgres://${shown}:${port}`, name: `${database}.store.${table}` })
}

interface Place {
  readonly host: string
  readonly port: string
  readonly database: string
}

function fromEnvironment(env: Environment): Place {
  const first = (name: string, other: string): string => ((env[name] ?? '') === '' ? other : (env[name] ?? ''))
  const host = first('PGHOST', 'localhost').split(',')[0] ?? ''
  return {
    host,
    port: first('PGPORT', '5432').split(',')[0] ?? '',
    database: first('PGDATABASE', first('PGUSER', 'postgres')),
  }
}

/** Reads a URL as the driver does: the query overrides the authority, and the user's name is the default database. */
function fromUrl(url: string, env: Environment): Place {
  const rest = fromEnvironment(env)
  // A socket's URL may have a user and no host: the driver accepts it, URL does not.
  const nowhere = url.includes('@/')
  const text = nowhere ? url.replace('@/', '@nowhere/') : url
  if (!URL.canParse(text)) return rest
  const { protocol, hostname: named, port, pathname, search, hash, username, searchParams } = new URL(text)
  // An @ after the authority ends a password that is not encoded: the rest of the password would be the database.
  if (`${pathname}${search}${hash}`.includes('@')) return rest
  const host = nowhere ? '' : named
  const query = (name: string): string | undefined => searchParams.get(name) ?? undefined
  if (protocol === 'socket:') return { host: '', port: '5432', database: query('db') ?? 'postgres' }
  const database = decoded(pathname.slice(1))
  const user = decoded(username)
  return {
    host: query('host') ?? decoded(host),
    port: query('port') ?? (port === '' ? '5432' : port),
    database: database === '' ? (user === '' ? rest.database : user) : database,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * The name of a delivered file: namespace `s3://bucket` and the object's key, or namespace `file` and the absolute
 * path.
 *
 * @param landing landing root: absolute, or `s3://bucket/prefix`
 */
export function fileName(landing: string, file: Pick<ReadFile, 'name'>): DatasetName {
  return located(landing, file.name)
}

/** The name of a batch's landing folder, in the same form. */
export function folderName(landing: string, batch: Batch): DatasetName {
  return located(landing, `${batch.source}/${compactDate(batch.date)}`)
}

function located(landing: string, path: string): DatasetName {
  if (!isS3(landing)) return { namespace: 'file', name: join(landing, path) }
  const { bucket, prefix } = parseS3(landing)
  return { namespace: `s3://${bucket}`, name: `${prefix}${path}` }
}
