import { countText } from '../../platform/count-text.ts'
import { visibleControls } from '../../platform/control-characters.ts'
import { overdueGap } from '../problems/problems.ts'
import type { Notice, NoticeKind } from './notice.ts'

/** What one call tells: of one batch or of many. */
export interface NoticeMessage {
  /** One line. */
  readonly subject: string
  /** Lines, without a line feed at the end. */
  readonly text: string
  readonly notices: readonly Notice[]
}

/** What happened to a batch, behind its name; and one word for a count of several. */
const templates: Readonly<Record<NoticeKind, readonly [told: string, counted: string]>> = {
  failed: ['failed', 'failed'],
  refused: ['was refused', 'refused'],
  dead: ['is dead in the queue: no worker tries it again', 'dead'],
  overdue: ['is overdue', 'overdue'],
  not_delivered: ['was not delivered', 'not delivered'],
  incomplete: ['is incomplete', 'incomplete'],
  delivered_late: ['was delivered after it was dismissed', 'delivered late'],
  recovered: ['is well again', 'well again'],
  test: ['can send notices here', 'test'],
}

/** A page of a chat has no room for more. */
const mostLines = 20
const longestMessage = 600

/**
 * Puts notices into words.
 *
 * @param remark a sentence for the end
 */
export function messageOf(notices: readonly Notice[], remark?: string): NoticeMessage {
  const lines = groups(notices).map(lineOf)
  const more = lines.length - mostLines
  const text = [
    ...lines.slice(0, mostLines),
    ...(more > 0 ? [`And ${more} more: caseload status --problems`] : []),
    ...(remark === undefined ? [] : [remark]),
  ].join('\n')
  const subject = subjectOf(notices)
  return { subject: subject.startsWith('Caseload ') ? subject : `Caseload: ${subject}`, text, notices }
}

function subjectOf(notices: readonly Notice[]): string {
  const [first] = notices
  if (first !== undefined && notices.length === 1) return `${nameOf(first)} ${templates[first.kind][0]}`
  const kinds = [...new Set(notices.map(one => one.kind))]
  const counts = kinds.map(kind => `${notices.filter(one => one.kind === kind).length} ${templates[kind][1]}`)
  return `${countText(notices.length, 'batch', 'batches')}: ${counts.join(', ')}`
}

function nameOf({ source, date }: Notice): string {
  return source === null ? 'Caseload' : date === null ? source : `${source} ${date}`
}

type Group = readonly [Notice, ...Notice[]]

/** A feed that stopped a year ago is one line. */
function groups(notices: readonly Notice[]): readonly Group[] {
  const all: [Notice, ...Notice[]][] = []
  for (const one of notices) {
    const last = all.at(-1)
    const isSame = last?.[0].source === one.source && last[0].kind === 'overdue' && one.kind === 'overdue'
    if (isSame && last[0].hint === one.hint) last.push(one)
    else all.push([one])
  }
  return all
}

function lineOf(group: Group): string {
  const [first] = group
  const last = group.at(-1)
  if (last === undefined || group.length === 1) return line(nameOf(first), first)
  const [source, from, to] = [first.source ?? '', first.date ?? '', last.date ?? '']
  const { hint, next } = overdueGap({ source, hint: first.hint ?? '', next: first.command ?? '' }, from, to)
  return line(`${source} ${from} .. ${to}`, { ...first, message: countText(group.length, 'day'), hint, command: next })
}

function line(name: string, { kind, message, hint, command }: Notice): string {
  const why = message === null ? '' : `: ${short(visibleControls(message))}`
  const next = command === null ? '' : ` ${capital(hint ?? 'to go on')}: ${command}`
  return `${name} ${templates[kind][0]}${why}.${next}`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const short = (text: string): string => (text.length <= longestMessage ? text : `${text.slice(0, longestMessage)}...`)
