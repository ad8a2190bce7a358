import { html, type Html } from './html.ts'

const keywords = new Set(
  (
    'select from where group by order having limit join left right full inner outer cross lateral on using as with union all ' +
    'except intersect case when then else end and or not in is null distinct over partition between like ilike exists values ' +
    'true false asc desc filter try_cast cast interval unnest recursive qualify rows range'
  ).split(' '),
)

const token = /'[^']*'|"(?:[^"]|"")*"|--[^\n]*|[A-Za-z_][\w$]*|…|\d[\d.]*|\s+|[^\s\w]+/g

/** SQL with its keywords, literals and comments in colours. */
export function Sql({ text }: { readonly text: string }): Html {
  const pieces: Html[] = []
  let plain = ''
  const add = (kind: string, word: string): void => {
    if (plain !== '') pieces.push(plain)
    plain = ''
    pieces.push(html`<span class=${kind}>${word}</span>`)
  }
  for (const [word] of text.matchAll(token)) {
    if (keywords.has(word.toLowerCase())) add('kw', word)
    else if (/^['…\d]/.test(word)) add('lit', word)
    else if (word.startsWith('--')) add('com', word)
    else plain += word
  }
  if (plain !== '') pieces.push(plain)
  return html`<pre class="sql" tabindex="0"><code>${pieces}</code></pre>`
}
