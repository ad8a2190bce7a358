import { gunzipSync } from 'node:zlib'

const block = /<script type="application\/gzip" id="packed">([^<]*)<\/script>/

/** All that a report says, with its packed pages; their packed form is left out: by chance it spells any word. */
export function wholeText(page: string): string {
  return page.replace(block, '') + unpacked(page)
}

/** The packed pages of a report, as one text; empty if it has none. */
export function unpacked(page: string): string {
  const [, data] = block.exec(page) ?? []
  if (data === undefined) return ''
  const pages = JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString('utf8')) as Record<string, string>
  return Object.values(pages).join('\n')
}
