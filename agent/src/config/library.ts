import { type DeviceProfile, loadProfiles, type ProfileFile } from '@lineside/device-profiles'
import { parseDocument, type Problem, problemAt, resolvePath } from '@lineside/settings'
import { type ConfigIo, type Resolving, writtenText } from './context.ts'

/** All device profiles by their `profile:` name, built-in and own. */
export interface ProfileLibrary {
  readonly profiles: ReadonlyMap<string, DeviceProfile>
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
  const files = [...ctx.io.builtinProfiles(), ...own]
  const loaded = loadProfiles(files)
  problems.push(...loaded.problems)
  return { profiles: loaded.profiles, broken: brokenNames(files, loaded.problems), problems }
}

function ownFiles(io: ConfigIo, folder: string): readonly ProfileFile[] {
  return io.list(`${folder.replace(/\/+$/, '')}/**/*.yaml`).flatMap(file => {
    const text = io.read(file)
    return text === undefined ? [] : [{ file, text }]
  })
}

/** By the name each file with a problem gives itself. */
function brokenNames(
  files: readonly ProfileFile[],
  problems: readonly Problem[],
): ReadonlyMap<string, readonly Problem[]> {
  const broken = new Map<string, readonly Problem[]>()
  for (const { file, text } of files) {
    const own = problems.filter(problem => problem.file === file)
    if (own.length === 0) continue
    const { document } = parseDocument(file, text)
    const name = document === undefined ? undefined : writtenText(document, ['profile'])
    if (name !== undefined) broken.set(name, own)
  }
  return broken
}
