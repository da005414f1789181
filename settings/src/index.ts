export { Secret } from './secret.ts'
export { formatProblem, problemAt, sortProblems, type Problem } from './problem.ts'
export { documentOf, type Document, type Path } from './document.ts'
export { nodeAt, plainValue, type LocatedNode, type MapEntry, type Place } from './node.ts'
export { type Damage, maxFileBytes, parseDocument, type Parsed } from './parse.ts'
export { unclearCommas } from './comma-numbers.ts'
export { type CsvCell, type CsvTable, parseCsv, type ParsedCsv } from './csv.ts'
export { optionalKeys } from './optional-keys.ts'
export { orList } from './or-list.ts'
export { didYouMean, suggest } from './did-you-mean.ts'
export { mistyped, unknownCommand, wrongUsage } from './mistyped.ts'
export { correctSpelling, type ValidateOptions, type Validated, validate } from './validate.ts'
export { duration, durationBetween, formatDuration } from './duration.ts'
export { formatSize, size } from './size.ts'
export { type Endpoint, endpoint } from './endpoint.ts'
export {
  resolveSecret,
  type ResolvedSecret,
  type SecretReader,
  type SecretRef,
  secretRef,
  whyUnreadable,
} from './secret-ref.ts'
export { name } from './name.ts'
export { yamlScalar } from './yaml-scalar.ts'
export { type Files, type Loaded, loadDocument, resolvePath } from './include.ts'
export { type Applied, applyTemplates } from './template.ts'
export { jsonSchema } from './json-schema.ts'
