import { loadProfiles, neededFiles, type ProfileFile, profileNameOf } from '@lineside/device-profiles'
import { parseDocument, type Problem, resolvePath, type SecretReader, validate } from '@lineside/settings'
import type { Plant } from './plant.ts'
import { loadRecordings, type Recordings } from './recordings.ts'
import { resolvePlant } from './resolve.ts'
import { plantSchema } from './schema.ts'

/** Access to files and environment, passed in. */
export interface PlantIo extends SecretReader {
  /** Text of a file, undefined where it can't be read. */
  read(path: string): string | undefined
  /** The profiles that come with Lineside. */
  builtinProfiles(): readonly ProfileFile[]
  /** The profiles in a folder of the user's. */
  profilesIn(folder: string): readonly ProfileFile[]
}

export interface LoadedPlant {
  /** Absent exactly where there are problems. */
  readonly plant?: Plant
  readonly recordings: Recordings
  readonly problems: readonly Problem[]
}

/** Reads a plant file and all that it refers to; every problem in one pass. */
export function loadPlant(path: string, io: PlantIo): LoadedPlant {
  const recordings: Recordings = new Map()
  const text = io.read(path)
  if (text === undefined) {
    const message = 'the file does not exist or can not be read'
    return { recordings, problems: [{ file: path, line: 1, column: 1, path: '', message }] }
  }
  const parsed = parseDocument(path, text)
  if (parsed.document === undefined || parsed.problems.length > 0) return { recordings, problems: parsed.problems }
  const { document } = parsed
  const validated = validate(plantSchema, document)
  if (validated.value === undefined) return { recordings, problems: validated.problems }
  const settings = validated.value

  const own = settings.profiles === undefined ? [] : io.profilesIn(resolvePath(path, settings.profiles))
  const files = [...io.builtinProfiles(), ...own]
  const wanted = Object.values(settings.devices).map(device => device.profile)
  const needed = new Set<ProfileFile>([...neededFiles(files, wanted), ...own])
  const library = loadProfiles(files.filter(file => needed.has(file)))
  const profileNames = files.flatMap(({ text: profile }) => profileNameOf(profile) ?? [])
  const secrets: SecretReader = { file: name => io.file(resolvePath(path, name)), env: name => io.env(name) }
  const resolved = resolvePlant(document, settings, { profiles: library.profiles, profileNames, secrets })
  const recorded = loadRecordings(document, settings, file => io.read(file))
  const problems = [...resolved.problems, ...recorded.problems]
  if (resolved.plant === undefined || problems.length > 0) {
    const missing = Object.values(settings.devices).some(device => !library.profiles.has(device.profile))
    return { recordings, problems: missing ? [...problems, ...library.problems] : problems }
  }
  return { plant: resolved.plant, recordings: recorded.recordings, problems: [] }
}
