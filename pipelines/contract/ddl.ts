import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import { columnsOf, type Contract, type ContractColumn, postgresType } from './contract.ts'

/** How every table of `store` is partitioned at the top; a test compares the files in `sql/store/` with it. */
const partitioning = 'partition by list (source)'

/**
 * The statement that creates the table of a contract, in the form of the shipped ones: its columns, source and batch_date, and
 * the key, which ends with these two.
 *
 * @throws Error, a bug of the contract's author, as `columnsOf` does
 */
export function tableSql(contract: Contract): string {
  const lines = [
    ...columnsOf(contract).map(columnSql),
    'source text not null',
    'batch_date date not null',
    `primary key (${[...contract.key, 'source', 'batch_date'].map(quoteIdent).join(', ')})`,
  ]
  return `create table if not exists store.${quoteIdent(contract.table)} (\n  ${lines.join(',\n  ')}\n)\n${partitioning};\n`
}

function columnSql({ name, type, nullable, absent }: ContractColumn): string {
  const byDefault = absent === undefined ? '' : ` default ${quoteConstant(absent)}`
  return `${quoteIdent(name)} ${postgresType(type)}${nullable ? '' : ' not null'}${byDefault}`
}
