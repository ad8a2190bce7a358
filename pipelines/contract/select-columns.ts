/** What every SELECT yields besides the table's columns: which file, and which record of it, a row came from. */
export const lineageColumns = ['file_no', 'record_no'] as const
/** What a SELECT may yield besides: the rule that removes the row, and the row's version. */
export const optionalColumns = ['removed_by', 'version'] as const
