/**
 * Which rows the engine makes of the same files, the same source and the same contracts. Raise it by one in the commit
 * that makes any delivery end in other rows, other quarantine or other values: how files are read and cast, how duplicates
 * are settled, what a mask leaves, a DuckDB that answers differently. Leave it alone for speed, messages, new commands and
 * new columns of the ledger: every published batch is stale after it was raised, and a backfill loads them all again.
 */
export const engineSemantics = 2
