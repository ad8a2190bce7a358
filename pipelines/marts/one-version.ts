/** How PostgreSQL writes the version of a reading in `views/current_measurements.sql`. */
const version =
  /\brank\(\) OVER \(PARTITION BY m\.patient_id, m\.measured_at, m\.type, m\.device_id, m\.source ORDER BY\s[^;]*? END DESC\) AS version\b/

/** How it writes which batches count there. */
const batches =
  /\(store\.measurements m\s+LEFT JOIN clinical\.delivered_tables t ON [^;]*?\)\)\)\s+WHERE \(\(t\.delivery IS DISTINCT FROM 'full'::text\) OR \(m\.batch_date = t\.newest_batch_date\)\)/

/**
 * The definition of a view for readings of the batches that count, of which none has a second version: it takes every reading as
 * the newest. Another view, and a definition that does not read as expected, stays as it is.
 */
export function withOneVersion(view: string, definition: string): string {
  if (view !== 'current_measurements' || !version.test(definition) || !batches.test(definition)) return definition
  return definition.replace(version, '1 AS version').replace(batches, 'store.measurements m')
}
