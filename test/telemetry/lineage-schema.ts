import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

/** The schema of a facet. */
interface FacetSchema {
  readonly $id: string
  readonly properties: Readonly<Record<string, unknown>>
}

const folder = new URL('schema/', import.meta.url)
const ajv = new Ajv2020({ allErrors: true })
addFormats.default(ajv)

const names = readdirSync(folder).filter(name => name.endsWith('.json'))
const schemas = names.map(name => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as FacetSchema)
for (const schema of schemas) ajv.addSchema(schema)

const core = 'https://openlineage.io/spec/2-0-2/OpenLineage.json'

/**
 * The violations of OpenLineage's specification in a parsed event: of its core, of its facets in the versions that the
 * event names, and facets whose schema is not in this folder.
 */
export function faultsOf(event: unknown): readonly string[] {
  return [...faults('event', core, event), ...facetsIn(event).flatMap(({ name, facet }) => facetFaults(name, facet))]
}

function facetFaults(name: string, facet: Readonly<Record<string, unknown>>): readonly string[] {
  const url = String(facet['_schemaURL'])
  const schema = schemas.find(({ $id, properties }) => url.startsWith(`${$id}#`) && Object.hasOwn(properties, name))
  if (schema === undefined || ajv.getSchema(url) === undefined) return [`${name}: no schema ${url}`]
  return faults(name, schema.$id, { [name]: facet })
}

function faults(what: string, id: string, value: unknown): readonly string[] {
  const validate = ajv.getSchema(id)
  if (validate === undefined) throw new Error(`no schema ${id}`)
  void validate(value)
  return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${what}${instancePath} ${message}`)
}

/** Every facet in an event: a member of an object whose name ends in `facets`. */
function facetsIn(value: unknown): readonly { readonly name: string; readonly facet: Record<string, unknown> }[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (!/facets$/i.test(key)) return facetsIn(inner)
    return Object.entries(inner as Record<string, Record<string, unknown>>).map(([name, facet]) => ({ name, facet }))
  })
}
