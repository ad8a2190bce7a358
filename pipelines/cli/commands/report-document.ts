import { ledgerAlone } from '../../ledger/status.ts'
import type { Session } from '../../platform/postgres.ts'
import { buildReport } from '../../report/build-report.ts'
import type { ReportOptions } from '../../report/model/options.ts'
import type { Report } from '../../report/model/document.ts'
import { writePage } from '../../report/write-page.ts'
import type { Settings } from '../../source/settings.ts'
import { openStatusLanding } from './status-landing.ts'

/** What a report is read with. */
export interface ReportParts {
  readonly settings: Settings
  readonly options: ReportOptions
  readonly warn: (message: string) => void
}

/** Reads the document, comparing batches with the landing root of this machine. */
export async function readWithLanding(session: Session, { settings, options, warn }: ReportParts): Promise<Report> {
  const landing = await openStatusLanding({ settings, sources: options.sources, now: options.now, warn })
  try {
    return await buildReport(options, { session, checks: landing, landedDays: landing.landedDays, warn })
  } finally {
    landing.close()
  }
}

/** Reads what needs no database. */
export function readWithoutDatabase({ options, warn }: Pick<ReportParts, 'options' | 'warn'>): Promise<Report> {
  const landedDays = (): Promise<undefined> => Promise.resolve(undefined)
  return buildReport(options, { session: undefined, checks: ledgerAlone, landedDays, warn })
}

/** Draws a document. What draws is loaded here, so that no other command loads it. */
export async function pageOf(report: Report): Promise<string> {
  const { drawReport } = await import('../../report/draw/draw-report.ts')
  return drawReport(report)
}

/** @returns the size of the page, in bytes */
export async function writeReport(path: string, report: Report): Promise<number> {
  const page = await pageOf(report)
  await writePage(path, page)
  return Buffer.byteLength(page)
}
