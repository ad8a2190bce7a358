export { CaseloadError } from './errors.ts'
