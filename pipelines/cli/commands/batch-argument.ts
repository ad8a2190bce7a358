import { type Batch, parseSource } from '../../source/batch.ts'
import { loadSource } from '../../source/load-source.ts'
import { dayIn, isRelativeDay, parseDay } from '../../source/relative-day.ts'
import { readSettings } from '../../source/settings.ts'

/**
 * The batch that the arguments `<source> <date>` name. Only a relative day needs the source to be loaded, for its zone.
 *
 * @throws UsageError for a wrong form; for a relative day, as `loadSource` does
 */
export async function batchArgument(sourceName: string, dayText: string): Promise<Batch> {
  const source = parseSource(sourceName)
  const day = parseDay(dayText)
  if (!isRelativeDay(day)) return { source, date: day }
  const { sourceFolders } = readSettings({}, process.env, process.cwd())
  const { transformer } = await loadSource(source, sourceFolders)
  return { source, date: dayIn(transformer.zone, day, new Date()) }
}
