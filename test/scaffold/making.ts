import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type NewSource, newSource, type NewSourceParts } from '../../pipelines/scaffold/new-source.ts'

/** The new source, and its files. */
export interface Made extends NewSource {
  readonly read: (path: string) => string
  /** The absolute path of a file. */
  readonly path: (path: string) => string
}

/** Makes a source from a sample of this name and content, in a new folder. */
export async function make(
  t: ExecutionContext,
  file: string,
  content: string | Buffer,
  more: Partial<NewSourceParts> = {},
): Promise<Made> {
  const root = mkdtempSync(join(tmpdir(), 'caseload-new-'))
  const samples = mkdtempSync(join(tmpdir(), 'caseload-sample-'))
  t.teardown(() => {
    for (const folder of [root, samples]) rmSync(folder, { recursive: true, force: true })
  })
  const from = join(samples, file)
  writeFileSync(from, content)
  const parts = {
    name: 'ward',
    from: [from],
    date: '2023-05-01',
    tables: [],
    root,
    kind: 'project',
    language: 'js',
  } as const
  const made = await newSource({ ...parts, workRoot: tmpdir(), ...more }).catch((error: unknown) => {
    t.deepEqual(readdirSync(root), [], 'nothing is written where it fails')
    throw error
  })
  for (const path of made.files) t.true(existsSync(join(root, path)), path)
  return { ...made, read: path => readFileSync(join(root, path), 'utf8'), path: path => join(root, path) }
}

/** The message that refuses a sample of this name and content; it contains no value. */
export async function refusal(t: ExecutionContext, file: string, content: string | Buffer): Promise<string> {
  const error = await t.throwsAsync(make(t, file, content), { name: 'UsageError' })
  t.notRegex(error.message, /P-17|1977/, 'no value')
  return error.message
}

/** For each table the rows made from the sample, and those that keep the contract. */
export const listed = (made: NewSource): readonly (readonly [string, number, number])[] =>
  made.tried.map(({ table, rows, inOrder }) => [table, rows, inOrder])
