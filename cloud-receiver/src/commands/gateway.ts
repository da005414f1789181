import { parseArgs } from 'node:util'
import { gatewayNameRule, systemClock } from '@lineside/contract'
import { suggest } from '@lineside/settings'
import { Credentials, maxTokens } from '../credentials/credentials.ts'
import { credentialsPath } from '../receiver.ts'
import { UsageError } from './command.ts'
import type { Command, CommandIo } from './command.ts'
import { loadConfig } from './config-file.ts'

const words = ['add', 'list', 'remove']
const expected = 'expected: lineside-receiver gateway add NAME, gateway list, or: gateway remove NAME [--token ID]'

export const gatewayCommand: Command = {
  name: 'gateway',
  summary: 'Say which gateways may send: add, list, remove',
  help: `usage: lineside-receiver gateway add NAME             make a token for a gateway and show it, once
       lineside-receiver gateway list                 names, token ids and when they were made
       lineside-receiver gateway remove NAME          revoke all tokens of a gateway
       lineside-receiver gateway remove NAME --token ID   revoke one of them

  --config FILE   the receiver's file; ./receiver.yaml unless told, else the defaults

A running receiver sees every change at once. To change a token over: add NAME again for a second one, give it to the
gateway, then remove the first by its id. The token alone goes to standard output: … gateway add NAME > token
`,
  run(args, io) {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { config: { type: 'string' }, token: { type: 'string' } },
    })
    const [word, name, ...more] = positionals
    if (word === undefined) throw new UsageError(expected)
    if (!words.includes(word)) throw new UsageError(`there is no gateway ${word}; ${suggest(word, words)}`)
    if (more.length > 0) throw new UsageError(`one name at a time, not ${[name, ...more].join(' ')}`)
    if (values.token !== undefined && word !== 'remove') throw new UsageError('--token belongs to remove')
    const loaded = loadConfig(values.config)
    if (!loaded.ok) {
      io.err(`${[...loaded.lines, 'lineside-receiver gateway: mend the lines above'].join('\n')}\n`)
      return Promise.resolve(1)
    }
    using credentials = Credentials.open(credentialsPath(loaded.config), systemClock)
    if (word === 'list') return Promise.resolve(list(credentials, io))
    if (name === undefined) throw new UsageError(`${word} which gateway? say its name`)
    return Promise.resolve(word === 'add' ? add(credentials, name, io) : remove(credentials, name, values.token, io))
  },
}

function add(credentials: Credentials, name: string, io: CommandIo): number {
  const result = credentials.add(name)
  if (result.kind === 'bad_name') throw new UsageError(`"${name}" can't name a gateway: ${gatewayNameRule}`)
  if (result.kind === 'too_many') {
    io.err(`${name} has ${maxTokens} tokens already: ${result.ids.join(', ')}\n`)
    io.err(`  remove one first: lineside-receiver gateway remove ${name} --token ID\n`)
    return 1
  }
  io.out(`${result.token}\n`)
  const what = result.rotated ? 'second token' : 'token'
  io.err(
    `This is the ${what} of ${name}, id ${result.id}. It is not shown again: keep it where the gateway reads it.\n`,
  )
  return 0
}

function list(credentials: Credentials, io: CommandIo): number {
  const tokens = credentials.list()
  if (tokens.length === 0) {
    io.err('no gateway has a token yet; make one with: lineside-receiver gateway add NAME\n')
    return 0
  }
  const width = Math.max('gateway'.length, ...tokens.map(({ gateway }) => gateway.length))
  io.out(`${'gateway'.padEnd(width)}  token id      made\n`)
  for (const { gateway, id, created } of tokens) {
    io.out(`${gateway.padEnd(width)}  ${id}  ${new Date(created).toISOString()}\n`)
  }
  return 0
}

function remove(credentials: Credentials, name: string, id: string | undefined, io: CommandIo): number {
  const count = credentials.remove(name, id)
  if (count > 0) {
    io.err(`removed ${count === 1 ? 'one token' : `${count} tokens`} of ${name}\n`)
    return 0
  }
  const names = [...new Set(credentials.list().map(({ gateway }) => gateway))]
  io.err(
    id === undefined || !names.includes(name)
      ? `there is no gateway ${name}; ${suggest(name, names)}\n`
      : `${name} has no token ${id}; ${suggest(
          id,
          credentials.list(name).map(token => token.id),
        )}\n`,
  )
  return 1
}
