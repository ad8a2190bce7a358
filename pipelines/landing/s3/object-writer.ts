import { type Batch, batchFolder } from '../../source/batch.ts'
import type { CreateFile } from '../write/folder-writer.ts'
import type { Environment } from '../../platform/environment.ts'
import { parseS3 } from '../../platform/s3-location.ts'
import { openObjectStore } from './objects.ts'

/**
 * Creates objects of a batch in an object store. An object appears at once and whole.
 *
 * @param landing `s3://bucket/prefix`
 */
export function objectWriter(landing: string, batch: Batch, env: Environment): CreateFile {
  const location = parseS3(landing)
  return async (name, content) => {
    const store = openObjectStore(location, env)
    const key = location.prefix + batchFolder(batch) + name
    try {
      return (await store.create(key, content)) ? `s3://${location.bucket}/${key}` : undefined
    } finally {
      store.close()
    }
  }
}
