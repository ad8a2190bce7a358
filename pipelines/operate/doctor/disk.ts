import { accessSync, constants, statfsSync } from 'node:fs'
import { readTargetSql } from '../../ledger/layout.ts'
import type { Session } from '../../platform/postgres.ts'
import { isLocal } from '../../platform/tls.ts'
import { error, type Finding, ok, size, warning } from './finding.ts'
import type { ServerFacts } from './server.ts'

/** A file system as seen from a folder on it. */
export interface DiskFacts {
  readonly path: string
  /** Why this process cannot write there, such as EACCES; undefined if it can. */
  readonly trouble: string | undefined
  /** Bytes that an ordinary user may still write. */
  readonly free: number
  readonly total: number
  readonly isMemory: boolean
}

/** The biggest batch so far, in bytes; 0 if unknown. */
export interface BiggestBatch {
  /** Its landing files, as delivered. */
  readonly delivery: number
  /** Its leaves with their indexes. */
  readonly stored: number
}

const gigabyte = 1024 ** 3
// From statfs(2): tmpfs and ramfs.
const memoryTypes: readonly number[] = [0x01021994, 0x858458f6]

/** The file system of a folder. Writes nothing. */
export function diskFacts(path: string, mode: number = constants.W_OK | constants.X_OK): DiskFacts {
  try {
    accessSync(path, mode)
    const { type, bsize, blocks, bavail } = statfsSync(path)
    return {
      path,
      trouble: undefined,
      free: bavail * bsize,
      total: blocks * bsize,
      isMemory: memoryTypes.includes(type),
    }
  } catch (failure) {
    const trouble = failure instanceof Error && 'code' in failure ? String(failure.code) : 'unknown'
    return { path, trouble, free: 0, total: 0, isMemory: false }
  }
}

/** Reads the biggest batch from the ledger. */
export async function biggestBatch(session: Session): Promise<BiggestBatch> {
  const found = await session.query<BiggestBatch>(await readTargetSql(session, 'doctor/biggest.sql'))
  return found.rows[0] ?? { delivery: 0, stored: 0 }
}

/**
 * Whether runs have room for their private work folders: spill files, cleaned copies of files, fetched objects. Three times
 * the biggest delivery counts as enough: a copy of it, and its rows twice while keys are grouped.
 */
export function workDisk(disk: DiskFacts, { delivery }: Pick<BiggestBatch, 'delivery'> = { delivery: 0 }): Finding {
  const check = 'work disk'
  const { path, trouble, free, isMemory } = disk
  if (trouble !== undefined) {
    return error(
      check,
      `${path} cannot be written (${trouble})`,
      'make it writable, or set CASELOAD_WORK to another folder',
    )
  }
  const wanted = Math.max(gigabyte, 3 * delivery)
  const big = delivery > 0 ? `; the biggest delivery had ${size(delivery)}` : ''
  const found = `${size(free)} free below ${path}${big}`
  const elsewhere = 'free some, or set CASELOAD_WORK to a folder on a bigger disk'
  if (free < delivery) return error(check, found, elsewhere)
  if (isMemory) {
    return warning(
      check,
      `${path} lies in memory: spilling there frees no memory, and may be swapped to a disk`,
      'set CASELOAD_WORK to a private folder on a disk',
    )
  }
  if (free < wanted) return warning(check, found, elsewhere)
  return ok(check, found)
}

/** The disk of the server's data folder; undefined if this machine does not see it. */
export function serverDiskFacts(
  { data_directory }: Pick<ServerFacts, 'data_directory'>,
  { host }: Pick<Session, 'host'>,
): DiskFacts | undefined {
  if (data_directory === null || !isLocal(host)) return undefined
  const facts = diskFacts(data_directory, constants.F_OK)
  return facts.trouble === undefined ? facts : undefined
}

/**
 * Whether the server has room to stage the biggest batch beside its published and its kept version.
 *
 * @param disk undefined if this machine does not see it
 * @param isDistributed whether the rows lie on other machines than the server
 */
export function serverDisk(disk: DiskFacts | undefined, { stored }: BiggestBatch, isDistributed = false): Finding {
  const check = 'server disk'
  const big = stored > 0 ? `; the biggest batch takes ${size(stored)}` : ''
  if (isDistributed) return ok(check, `unknown: the rows lie on the disks of the workers${big}`)
  if (disk === undefined)
    return ok(check, 'unknown: this session may not know the data folder of the server, or it is on another machine')
  const wanted = Math.max(gigabyte, 3 * stored)
  const found = `${size(disk.free)} free at ${disk.path}${big}`
  const remedy = 'free some there; caseload gc --keep 0 drops replaced versions'
  if (disk.free < stored) return error(check, found, remedy)
  if (disk.free < wanted) return warning(check, found, remedy)
  return ok(check, found)
}
