export type { Bounds, QualityRule, Severity } from './source/quality-rule.ts'
export { notEmpty, nullShare, range } from './source/quality-rule.ts'
export {
  bigint,
  boolean,
  code,
  date,
  decimal,
  email,
  id,
  integer,
  oneOf,
  recordStatus,
  text,
  timestamp,
} from './contract/columns.ts'
export type { Column, ColumnInfo, Phi } from './contract/column.ts'
export { defineTable, extendTable } from './contract/declare.ts'
export type { TableDeclaration, TableDefinition, TableReference } from './contract/declare.ts'
export { drop, off, quarantine, warn } from './contract/rule-actions.ts'
export type { RuleAction, RuleActions } from './contract/rule-actions.ts'
export { CaseloadError } from './platform/errors.ts'
export { csv, json, list, map, object, scalar } from './source/inputs.ts'
export type {
  CsvInput,
  Input,
  JsonInput,
  ListShape,
  MapShape,
  ObjectShape,
  ScalarShape,
  Shape,
} from './source/inputs.ts'
export { Transformer } from './source/transformer.ts'
export type { IdentifierSpelling } from './contract/identifier.ts'
export type { Delivery, OnConflict, Ready, References } from './source/transformer.ts'
export type { Schedule } from './source/schedule.ts'
