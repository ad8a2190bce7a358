import { gunzipSync } from 'node:zlib'

/** The packed pages of a report, as one text; empty if it has none. */
export function unpacked(page: string): string {
  const [, data] = /<script type="application\/gzip" id="packed">([^<]*)<\/script>/.exec(page) ?? []
  if (data === undefined) return ''
  const pages = JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString('utf8')) as Record<string, string>
  return Object.values(pages).join('\n')
}
