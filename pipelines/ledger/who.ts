import { hostname, userInfo } from 'node:os'

/** The login and the machine on which a command is called, for the ledger: `jane@ward-1`. */
export function callerName(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // In a container the user may be a number without a name.
    return `uid ${process.getuid?.() ?? 'unknown'}@${hostname()}`
  }
}
