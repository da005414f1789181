import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import { stringifyJson } from '@lineside/contract'
import { z } from 'zod'
import { askAgent } from './control-client.ts'
import { formatAge, formatColumns } from './columns.ts'
import type { Command, CommandIo } from './command.ts'
import { findConfig } from './config-path.ts'
import { storagePathOf } from './storage-path.ts'

const help = `usage: lineside alarms [list] [--json] [--config FILE]
       lineside alarms ack DEVICE ALARM [--by NAME] [--json] [--config FILE]

Lists the alarms of the running agent that are not normal, newest first, or acknowledges one.

  --by NAME      who acknowledges (default: your user name on this machine)
  --json         machine-readable
  --config FILE  the agent's configuration (default: ./lineside.yaml, else /etc/lineside/lineside.yaml)

exit status: 0 done, 1 refused or no agent is running, 2 wrong usage
`

const activeAlarms = z.array(
  z.looseObject({
    device: z.string(),
    alarm: z.string(),
    state: z.string(),
    priority: z.string(),
    since: z.number(),
    text: z.string(),
    message: z.string().optional(),
    action: z.string().optional(),
  }),
)

export const alarmsCommand: Command = {
  name: 'alarms',
  summary: 'List the active alarms, or acknowledge one',
  help,
  run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, by: { type: 'string' }, config: { type: 'string' } },
    })
    const [verb = 'list', ...names] = positionals
    const config = findConfig(values.config, io)
    const storage = config.ok ? storagePathOf(config.path) : config
    if (!storage.ok) return refuse(io, storage.text, 1)
    if (verb === 'list' && names.length === 0) return list(storage.path, values.json === true, io)
    const [device, alarm, ...more] = names
    if (
      (verb === 'ack' || verb === 'acknowledge') &&
      device !== undefined &&
      alarm !== undefined &&
      more.length === 0
    ) {
      const what = { device, alarm, by: values.by ?? userInfo().username }
      return acknowledge(storage.path, what, values.json === true, io)
    }
    const hint = 'write lineside alarms [list], or lineside alarms ack DEVICE ALARM'
    return refuse(io, `lineside alarms: ${positionals.join(' ')} is no request; ${hint}`, 2)
  },
}

function refuse(io: CommandIo, text: string, status: number): Promise<number> {
  io.err(`${text}\n`)
  return Promise.resolve(status)
}

async function list(storagePath: string, json: boolean, io: CommandIo): Promise<number> {
  const answer = await askAgent(storagePath, 'GET', '/alarms')
  if (!answer.ok) return refuse(io, answer.text, 1)
  const alarms = activeAlarms.parse(answer.body)
  if (json) {
    io.out(`${JSON.stringify(alarms)}\n`)
    return 0
  }
  if (alarms.length === 0) {
    io.out('no active alarms\n')
    return 0
  }
  const now = Date.now()
  const rows = alarms.map(a => [
    a.priority,
    a.state,
    a.device,
    a.alarm,
    formatAge(now - a.since),
    [a.message, a.text, a.action].filter(text => text !== undefined).join('; '),
  ])
  io.out(formatColumns([['PRIORITY', 'STATE', 'DEVICE', 'ALARM', 'SINCE', 'WHY'], ...rows]))
  return 0
}

async function acknowledge(
  storagePath: string,
  what: { device: string; alarm: string; by: string },
  json: boolean,
  io: CommandIo,
): Promise<number> {
  const answer = await askAgent(storagePath, 'POST', '/acknowledge', what)
  if (!answer.ok) return refuse(io, answer.text, 1)
  if (json) io.out(`${stringifyJson(answer.body)}\n`)
  else io.out(`acknowledged ${what.device} ${what.alarm} by ${what.by}\n`)
  return 0
}
