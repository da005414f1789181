import {
  type DeviceProfile,
  type LoadedProfiles,
  loadProfiles,
  neededFiles,
  type ProfileFile,
  profileNameOf,
} from '@lineside/device-profiles'
import { type Problem, problemAt, resolvePath } from '@lineside/settings'
import { type ConfigIo, type Resolving, writtenKeys, writtenText } from './context.ts'

/** All device profiles by their `profile:` name, built-in and own. */
export interface ProfileLibrary {
  readonly profiles: ReadonlyMap<string, DeviceProfile>
  /** Every profile there is, also those that no device uses and that are not loaded. */
  readonly names: readonly string[]
  /** Profiles that are there and can't be used, with what is wrong. */
  readonly broken: ReadonlyMap<string, readonly Problem[]>
  /** What is wrong with profiles, and takes out no more than the devices that use them. */
  readonly problems: readonly Problem[]
}

/** The built-in profiles and those of the folder that lineside.yaml names. */
export function loadLibrary(ctx: Resolving, folder: string | undefined): ProfileLibrary {
  const own = folder === undefined ? [] : ownFiles(ctx.io, resolvePath(ctx.document.file, folder))
  const problems: Problem[] = []
  if (folder !== undefined && own.length === 0) {
    problems.push(problemAt(ctx.document, ['profiles'], `there are no profiles (*.yaml) in ${folder}`))
  }
  const all = [...ctx.io.builtinProfiles(), ...own]
  // Own profiles are judged whether a device uses them or not: who wrote them wants to know.
  const wanted = [...writtenProfiles(ctx), ...own.flatMap(({ text }) => profileNameOf(text) ?? [])]
  const needed = new Set(neededFiles(all, wanted))
  const files = all.filter(file => needed.has(file) || own.includes(file))
  const loaded = loadProfiles(files)
  problems.push(...loaded.problems)
  const names = all.flatMap(({ text }) => profileNameOf(text) ?? [])
  return { profiles: loaded.profiles, names, broken: brokenNames(files, loaded), problems }
}

/** Profiles that devices and templates ask for by name. */
function writtenProfiles(ctx: Resolving): string[] {
  return ['devices', 'templates'].flatMap(section =>
    writtenKeys(ctx.document, [section]).flatMap(name => writtenText(ctx.document, [section, name, 'profile']) ?? []),
  )
}

function ownFiles(io: ConfigIo, folder: string): readonly ProfileFile[] {
  return io.list(`${folder.replace(/\/+$/, '')}/**/*.yaml`).flatMap(file => {
    const text = io.read(file)
    return text === undefined ? [] : [{ file, text }]
  })
}

/** By the name each file gives itself: those with a problem, and those that extend such a one. */
function brokenNames(
  files: readonly ProfileFile[],
  { profiles, problems }: LoadedProfiles,
): ReadonlyMap<string, readonly Problem[]> {
  const broken = new Map<string, readonly Problem[]>()
  for (const { file, text } of files) {
    const own = problems.filter(problem => problem.file === file)
    const name = profileNameOf(text) ?? misspelledName(text)
    if (name !== undefined && (own.length > 0 || !profiles.has(name))) broken.set(name, own)
  }
  return broken
}

/** What stands behind a misspelled `profile:`. */
function misspelledName(text: string): string | undefined {
  return /^\w+ *:? *([\w.-]+\/[\w.-]+) *$/m.exec(text)?.[1]
}
