import { join, resolve } from 'node:path'
import {
  addressBases,
  lintProfiles,
  modbusTables,
  type NewProfile,
  profileName,
  profileText,
  readRegisterList,
} from '@lineside/device-profiles'
import { formatProblem, parseCsv, type Problem } from '@lineside/settings'
import { type CommandIo, UsageError } from '../command.ts'
import { counted } from '../terminal/counted.ts'
import { wordsFlag } from '../terminal/flags.ts'
import { readText, refuseToReplace, writeText } from '../terminal/text-files.ts'

/** Options of `lineside profile new`, for parseArgs. */
export const newProfileOptions = {
  profile: { type: 'string' },
  vendor: { type: 'string' },
  model: { type: 'string' },
  base: { type: 'string' },
  table: { type: 'string' },
  source: { type: 'string' },
  confidence: { type: 'string' },
  output: { type: 'string' },
  replace: { type: 'boolean' },
} as const

type Values = {
  readonly [K in keyof typeof newProfileOptions]?: (K extends 'replace' ? boolean : string) | undefined
} & { readonly json?: boolean | undefined }

const confidences = ['high', 'medium', 'low'] as const

/** Makes a profile from a register list. Throws UsageError. */
export function newProfile(file: string, values: Values, io: CommandIo): number {
  const head = headOf(file, values)
  const [base] = values.base === undefined ? [] : wordsFlag('--base', values.base, addressBases)
  const [table] = values.table === undefined ? [] : wordsFlag('--table', values.table, modbusTables)
  const output = values.output === undefined ? undefined : join(resolve(io.cwd, values.output), `${head.profile}.yaml`)
  if (output !== undefined) refuseToReplace(output, values.replace)
  const text = readText(file, io)
  const parsed = parseCsv(file, text)
  const list = parsed.table && readRegisterList(file, parsed.table, { base, table })
  const problems: Problem[] = [...parsed.problems, ...(list?.problems ?? [])]
  const points = list?.points ?? []
  if (problems.length === 0 && points.length === 0) {
    problems.push({ file, line: 1, column: 1, path: '', message: 'the list has no rows', fix: 'write one a register' })
  }
  const yaml = problems.length > 0 ? '' : profileText(head, points)
  if (yaml !== '') problems.push(...lintProfiles([{ file: output ?? `${head.profile}.yaml`, text: yaml }]))
  if (values.json === true)
    io.out(`${JSON.stringify({ problems, profile: head.profile, points: points.length, yaml })}\n`)
  else for (const problem of problems) io.err(`${formatProblem(problem)}\n`)
  if (problems.length > 0) {
    io.err(`nothing written: ${problems.length} problem${problems.length === 1 ? '' : 's'}\n`)
    return 1
  }
  if (output !== undefined) {
    writeText(output, yaml)
    io.err(
      `${counted(points.length, 'point')} written to ${output}; try it with lineside probe, and lineside profile test\n`,
    )
  } else if (values.json !== true) io.out(yaml)
  return 0
}

function headOf(file: string, values: Values): NewProfile {
  const name = profileName.safeParse(values.profile ?? '')
  if (!name.success || !name.data.includes('/'))
    throw new UsageError(`--profile ${values.profile ?? ''}: write vendor/model, for instance own/meter`)
  const [vendor = '', model = ''] = name.data.split('/')
  const [confidence = 'low'] =
    values.confidence === undefined ? [] : wordsFlag('--confidence', values.confidence, confidences)
  return {
    profile: name.data,
    vendor: values.vendor ?? vendor,
    model: values.model ?? model,
    source: values.source ?? `register list ${file.replace(/^.*\//, '')}`,
    confidence,
  }
}
