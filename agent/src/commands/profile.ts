import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import {
  type DeviceProfile,
  lintProfiles,
  loadProfiles,
  type ProfileFile,
  runProfileTests,
} from '@lineside/device-profiles'
import { didYouMean, formatProblem } from '@lineside/settings'
import { nodeConfigIo } from '../config/node-io.ts'
import { formatColumns } from './columns.ts'
import type { Command, CommandIo } from './command.ts'

const help = `usage: lineside profile list [--json]
       lineside profile show NAME [--json]
       lineside profile test FILE...

Lists the device profiles that come with Lineside, shows one, or checks profiles of your own: what is wrong with them,
what a reviewer would ask for, and whether their tests come out as they say.

  --json  machine-readable

exit status: 0 done, 1 there is no such profile, or a test or check failed, 2 wrong usage
`

export const profileCommand: Command = {
  name: 'profile',
  summary: 'List and show device profiles, test your own',
  help,
  run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    })
    const [verb, ...names] = positionals
    const [name, ...more] = names
    if (verb === 'list' && name === undefined) return Promise.resolve(list(values.json === true, io))
    if (verb === 'show' && name !== undefined && more.length === 0) {
      return Promise.resolve(show(name, values.json === true, io))
    }
    if (verb === 'test' && name !== undefined) return Promise.resolve(testFiles(names, io))
    io.err(help)
    return Promise.resolve(2)
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

function show(name: string, json: boolean, io: CommandIo): number {
  const { profiles } = loadProfiles(builtin(io))
  const profile = profiles.get(name)
  if (!profile) {
    const meant = didYouMean(name, [...profiles.keys()])
    const hint = meant === undefined ? 'see lineside profile list' : `did you mean ${meant}?`
    io.err(`lineside profile: there is no profile ${name}; ${hint}\n`)
    return 1
  }
  const points = [...profile.points.values()].map(({ name: point, type, unit, range, description }) => ({
    point,
    type,
    unit,
    range,
    description,
  }))
  if (json) {
    const { vendor, model, protocol, version, requirements, caveats, sources } = profile
    io.out(
      `${JSON.stringify({ profile: name, vendor, model, protocol, version, requirements, caveats, sources, points })}\n`,
    )
    return 0
  }
  io.out(describe(profile))
  const cells = points.map(p => [p.point, p.type, p.unit ?? '', p.range?.join(' … ') ?? '', p.description ?? ''])
  io.out(formatColumns([['POINT', 'TYPE', 'UNIT', 'RANGE', ''], ...cells]))
  return 0
}

function describe({ profile, vendor, model, description, requirements, caveats, sources }: DeviceProfile): string {
  const lines = [`${profile}: ${vendor} ${model}`, ...(description === undefined ? [] : [description])]
  for (const text of requirements) lines.push(`needs: ${text}`)
  for (const text of caveats) lines.push(`beware: ${text}`)
  for (const { title, confidence } of sources) lines.push(`source: ${title} (${confidence} confidence)`)
  return `${lines.join('\n')}\n\n`
}

function testFiles(paths: readonly string[], io: CommandIo): number {
  const own: ProfileFile[] = []
  for (const path of paths) {
    try {
      own.push({ file: path, text: readFileSync(path, 'utf8') })
    } catch {
      io.err(`lineside profile: ${path} can't be read\n`)
      return 1
    }
  }
  const files = [...builtin(io), ...own]
  const named = new Set(paths)
  const problems = lintProfiles(files).filter(problem => named.has(problem.file))
  for (const problem of problems) io.out(`${formatProblem(problem)}\n`)
  const { profiles, documents } = loadProfiles(files)
  let failed = problems.length
  for (const [name, profile] of profiles) {
    if (!named.has(documents.get(name)?.file ?? '')) continue
    const failures = runProfileTests(profile)
    failed += failures.length
    for (const { where, message } of failures) io.out(`${documents.get(name)?.file}: ${where}: ${message}\n`)
    if (failures.length === 0) io.out(`${name}: ${profile.points.size} points, all tests come out as they say\n`)
  }
  return failed === 0 ? 0 : 1
}
