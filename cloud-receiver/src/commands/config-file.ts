import { existsSync, readFileSync } from 'node:fs'
import { formatProblem } from '@lineside/settings'
import { defaultConfig, parseConfig } from '../config/config.ts'
import type { ReceiverConfig } from '../config/config.ts'
import { ReceiverError, messageOf } from '../error.ts'

export const defaultFile = 'receiver.yaml'

/** The named file; else ./receiver.yaml where there is one; else the defaults. Throws ReceiverError `config`. */
export function loadConfig(file: string | undefined): { readonly config: ReceiverConfig; readonly from: string } {
  if (file === undefined && !existsSync(defaultFile)) {
    return { config: defaultConfig(), from: `the defaults: there is no ./${defaultFile}` }
  }
  const path = file ?? defaultFile
  const loaded = parseConfig(path, read(path))
  if (loaded.ok) return { config: loaded.config, from: path }
  const { problems } = loaded
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  throw new ReceiverError('config', [`${path} has ${count}`, ...problems.map(formatProblem)].join('\n'))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ReceiverError('config', `can't read ${path}: ${messageOf(error)}`, { cause: error })
  }
}
