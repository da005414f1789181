import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { lintProfiles, loadProfiles, type ProfileFile, runProfileTests } from '@lineside/device-profiles'
import { formatProblem } from '@lineside/settings'
import { nodeConfigIo } from '../../config/node-io.ts'
import { formatColumns } from '../terminal/columns.ts'
import { type Command, type CommandIo, UsageError } from '../command.ts'
import { counted } from '../terminal/counted.ts'
import { createProgress } from '../terminal/lasting.ts'
import { newProfile, newProfileOptions } from './new.ts'
import { showProfile } from './show.ts'
import { readText } from '../terminal/text-files.ts'

const help = `usage: lineside profile list [--json]
       lineside profile show NAME [--json]
       lineside profile test FILE... [--json]
       lineside profile new FILE.csv --profile VENDOR/MODEL [--base 0|1|printed]
                            [--table input|holding] [--output FOLDER]

Lists the device profiles that come with Lineside, shows one, checks profiles of your own (what is wrong with them, what
a reviewer would ask for, and whether their tests come out as they say), or makes one from a register list.

A register list is a table with the columns address, name and type, and where they are there unit, scale (or divisor),
offset, table, order, registers, min, max and description; the usual other names of these are understood, comma,
semicolon or tab between them. What can't be understood is told with line and column, and nothing is written.

  --profile NAME     vendor/model of the new profile; --vendor and --model say it in words
  --base B           how the list counts: 0 as on the wire (default), 1 from one, printed: 30001 and
                     40001 are the first registers
  --table T          input, holding, coil or discrete, where the list doesn't say
  --source TITLE     where the list comes from; --confidence high, medium or low (default low)
  --output FOLDER    writes FOLDER/VENDOR/MODEL.yaml (default: standard output); --replace: also
                     over a file that is there
  --json             machine-readable

exit status: 0 done, 1 there is no such profile, or a test or check failed, 2 wrong usage
`

export const profileCommand: Command = {
  name: 'profile',
  summary: 'List and show device profiles, test your own, make one from a list',
  help,
  run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, ...newProfileOptions },
    })
    const [verb, ...names] = positionals
    const [name, ...more] = names
    if (verb === 'list' && name === undefined) return Promise.resolve(list(values.json === true, io))
    if (verb === 'show' && name !== undefined && more.length === 0) {
      return Promise.resolve(showProfile(name, values.json === true, io))
    }
    if (verb === 'test' && name !== undefined) return Promise.resolve(testFiles(names, values.json === true, io))
    if (verb === 'new' && name !== undefined && more.length === 0) return Promise.resolve(newProfile(name, values, io))
    throw new UsageError('write profile list, profile show NAME, profile test FILE, or profile new FILE.csv')
  },
}

function builtin(io: CommandIo): readonly ProfileFile[] {
  return nodeConfigIo(io.env).builtinProfiles()
}

function list(json: boolean, io: CommandIo): number {
  const profiles = [...loadProfiles(builtin(io)).profiles.values()].toSorted((a, b) => (a.profile < b.profile ? -1 : 1))
  const rows = profiles.map(p => ({
    profile: p.profile,
    protocol: p.protocol,
    points: p.points.size,
    device: `${p.vendor} ${p.model}`,
  }))
  if (json) io.out(`${JSON.stringify(rows)}\n`)
  else {
    const cells = rows.map(row => [row.profile, row.protocol, String(row.points), row.device])
    io.out(formatColumns([['PROFILE', 'PROTOCOL', 'POINTS', 'DEVICE'], ...cells]))
  }
  return 0
}

function testFiles(paths: readonly string[], json: boolean, io: CommandIo): number {
  const own: ProfileFile[] = []
  for (const path of paths) {
    own.push({ file: path, text: readText(path, io) })
  }
  // A built-in profile is tested as the file that was named, not as one that is there twice.
  const disk = nodeConfigIo(io.env)
  const tested = new Set(paths.map(path => disk.realPath(resolve(io.cwd, path))))
  const files = [...builtin(io).filter(({ file }) => !tested.has(disk.realPath(file))), ...own]
  const named = new Set(paths)
  const problems = lintProfiles(files).filter(problem => named.has(problem.file))
  const told: object[] = []
  const say = (text: string, of: object) => (json ? void told.push(of) : io.out(`${text}\n`))
  for (const problem of problems) say(formatProblem(problem), { problem })
  const { profiles, documents } = loadProfiles(files)
  let failed = problems.length
  using progress = createProgress(io, process.stderr.isTTY)
  for (const [name, profile] of profiles) {
    if (!named.has(documents.get(name)?.file ?? '')) continue
    progress.say(`testing ${name}`)
    const failures = runProfileTests(profile)
    failed += failures.length
    for (const failure of failures) {
      say(`${documents.get(name)?.file}: ${failure.where}: ${failure.message}`, { profile: name, failure })
    }
    if (failures.length > 0) continue
    const outcome = profile.tests.length === 0 ? 'no tests' : 'all tests come out as they say'
    say(`${name}: ${counted(profile.points.size, 'point')}, ${outcome}`, { profile: name, ok: true })
  }
  if (json) io.out(`${JSON.stringify(told)}\n`)
  return failed === 0 ? 0 : 1
}
