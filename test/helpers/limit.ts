/**
 * Does some work with nothing in its way, and gives the seconds of a `--timeout` that such work reaches only where something
 * is: a fixed number may be over, on a slow machine, before there is a run to roll back. Readers are waited for a minute, and
 * the limit stays below that.
 */
export async function ampleTimeout(work: () => Promise<unknown>): Promise<string> {
  const began = performance.now()
  await work()
  return String(Math.min(30, 2 + Math.ceil((performance.now() - began) / 500)))
}
