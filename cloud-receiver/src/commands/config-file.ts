import { messageOf } from '@lineside/contract'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { formatProblem } from '@lineside/settings'
import { defaultConfig, parseConfig } from '../config/config.ts'
import type { ReceiverConfig } from '../config/config.ts'
import { nodeSecrets } from '../config/node-secrets.ts'
import { ReceiverError } from '../error.ts'

const defaultFile = 'receiver.yaml'

export type ConfigFile =
  | {
      readonly ok: true
      readonly config: ReceiverConfig
      /** Where it comes from, in words. */
      readonly from: string
    }
  | {
      readonly ok: false
      /** Every problem with its place. */
      readonly lines: readonly string[]
    }

/** The named file; else ./receiver.yaml where there is one; else the defaults. Throws ReceiverError `config`. */
export function loadConfig(file: string | undefined): ConfigFile {
  if (file === undefined && !existsSync(defaultFile)) {
    return { ok: true, config: defaultConfig(), from: `the defaults: there is no ./${defaultFile}` }
  }
  const path = file ?? defaultFile
  const loaded = parseConfig(path, read(path), nodeSecrets(process.env))
  return loaded.ok
    ? { ok: true, config: loaded.config, from: path }
    : { ok: false, lines: loaded.problems.map(formatProblem) }
}

function read(path: string): string {
  if (!existsSync(path)) throw new ReceiverError('config', `there is no file ${resolve(path)}`)
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ReceiverError('config', `can't read ${path}: ${messageOf(error)}`, { cause: error })
  }
}
