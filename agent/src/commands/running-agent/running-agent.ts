import { parseArgs } from 'node:util'
import type { Answer } from '../../control/answers.ts'
import { askAgent, type Question } from '../../control/ask.ts'
import type { RouteName } from '../../control/routes.ts'
import { RefusedError, type CommandIo } from '../command.ts'
import { findConfig } from './config-path.ts'
import { storagePathOf } from './storage-path.ts'

/** The configuration that a command means, and the storage folder that it names. Throws a RefusedError. */
export function storageOf(named: string | undefined, io: CommandIo): { configPath: string; storagePath: string } {
  const config = findConfig(named, io)
  if (!config.ok) throw new RefusedError(config.text)
  const storage = storagePathOf(config.path)
  if (!storage.ok) throw new RefusedError(storage.text)
  return { configPath: config.path, storagePath: storage.path }
}

/** What the agent that runs on a storage folder answers. Throws a RefusedError where none does, or it says no. */
export async function agentAnswer<Name extends RouteName>(
  storagePath: string,
  name: Name,
  ...question: Question<Name>
): Promise<Answer<Name>> {
  const answer = await askAgent(storagePath, name, ...question)
  if (!answer.ok) throw new RefusedError(answer.text)
  return answer.body
}

/** Arguments of a command that takes names, `--json` and `--config` alone. */
export function plainArguments(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: 'boolean' }, config: { type: 'string' } },
  })
  return { names: positionals, json: values.json === true, config: values.config }
}
