import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { formatProblem, parseCsv, type Problem, sortProblems } from '@lineside/settings'
import type { ConfigIo } from '../../config/context.ts'
import { loadConfig } from '../../config/load.ts'
import { nodeConfigIo } from '../../config/node-io.ts'
import { type Command, type CommandIo, RefusedError, UsageError } from '../command.ts'
import { counted } from '../terminal/counted.ts'
import { findConfig } from '../running-agent/config-path.ts'
import { type ImportedDevices, importDevices } from './import-devices.ts'
import { readText, refuseToReplace, writeText } from '../terminal/text-files.ts'

const help = `usage: lineside devices import FILE.csv [--output FILE.yaml] [--link NAME]
                               [--profile NAME] [--use TEMPLATE] [--every TIME]

Makes devices from a table, one a row, and judges them together with lineside.yaml: what
is wrong is told with line and column of the table, all at once, and then nothing is
written. Columns: name, profile or template, link, unit_id, topic, every, tags.NAME and
params.NAME; separated by comma, semicolon or tab.

  --output FILE   where to write (default: standard output); name it under include in
                  lineside.yaml, for instance include: [ conf.d/*.yaml ]
  --replace       also over a file that is there
  --link NAME     link of the rows that name none; so do --profile, --use and --every
  --config FILE   the configuration (default: ./lineside.yaml, else
                  /etc/lineside/lineside.yaml)
  --json          machine-readable

exit status: 0 done, 1 something is wrong with the table or its devices, 2 wrong usage
`

export const devicesCommand: Command = {
  name: 'devices',
  summary: 'Make devices from a table',
  help,
  run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        output: { type: 'string' },
        replace: { type: 'boolean' },
        link: { type: 'string' },
        profile: { type: 'string' },
        use: { type: 'string' },
        every: { type: 'string' },
        config: { type: 'string' },
        json: { type: 'boolean' },
      },
    })
    const [verb, file, ...more] = positionals
    if (verb !== 'import' || file === undefined || more.length > 0) {
      throw new UsageError('write lineside devices import FILE.csv')
    }
    const config = findConfig(values.config, io)
    if (!config.ok) throw new RefusedError(config.text)
    const text = readText(file, io)
    const output = values.output === undefined ? undefined : resolve(io.cwd, values.output)
    if (output !== undefined) refuseToReplace(output, values.replace)
    const parsed = parseCsv(file, text)
    const imported = parsed.table && importDevices(file, parsed.table, values)
    const problems = judged(imported, parsed.problems, config.path, output, io)
    if (values.json === true) io.out(`${JSON.stringify({ problems, devices: imported?.names ?? [] })}\n`)
    else for (const problem of problems) io.err(`${formatProblem(problem)}\n`)
    if (!imported || problems.length > 0) {
      io.err(`nothing written: ${problems.length} problem${problems.length === 1 ? '' : 's'}\n`)
      return Promise.resolve(1)
    }
    if (output !== undefined) write(output, imported, config.path, io)
    else if (values.json !== true) io.out(imported.yaml)
    return Promise.resolve(0)
  },
}

/** What is wrong with the table, and with its devices beside those that are configured already. */
function judged(
  imported: ImportedDevices | undefined,
  ofTable: readonly Problem[],
  configPath: string,
  output: string | undefined,
  io: CommandIo,
): readonly Problem[] {
  if (!imported) return ofTable
  const place = output ?? `${configPath} (imported)`
  const files = nodeConfigIo(io.env)
  const withTable: ConfigIo = {
    ...files,
    read: path => (path === place ? imported.yaml : files.read(path)),
    also: [place],
  }
  const ofDevices = loadConfig(configPath, withTable).problems.filter(problem => problem.file === place)
  return sortProblems([...ofTable, ...imported.problems, ...ofDevices.map(imported.inTable)])
}

function write(output: string, { yaml, names }: ImportedDevices, configPath: string, io: CommandIo): void {
  writeText(output, yaml)
  io.err(`${counted(names.length, 'device')} written to ${output}\n`)
  const { config, broken } = loadConfig(configPath, nodeConfigIo(io.env))
  const [first = ''] = names
  if (config?.devices.has(first) === true || broken.some(({ device }) => device === first)) return
  const written = relative(resolve(configPath, '..'), output)
  io.err(`name the file in ${configPath}, for the agent to read it: include: [ ${written} ]\n`)
}
