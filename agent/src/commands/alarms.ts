import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import { stringifyJson } from '@lineside/contract'
import type { AlarmView } from '../control/answers.ts'
import { formatAge, formatColumns } from './terminal/columns.ts'
import { type Command, type CommandIo, UsageError } from './command.ts'
import { agentAnswer, storageOf } from './running-agent/running-agent.ts'

const help = `usage: lineside alarms [list] [--json] [--config FILE]
       lineside alarms ack DEVICE ALARM [--by NAME] [--json] [--config FILE]

Lists the alarms of the running agent that are not normal, newest first, or acknowledges one. RTN unacknowledged: its
condition is over, and nobody has acknowledged that it was there.

  --by NAME      who acknowledges (default: your user name on this machine)
  --json         machine-readable
  --config FILE  the agent's configuration (default: ./lineside.yaml, else /etc/lineside/lineside.yaml)

exit status: 0 done, 1 refused or no agent is running, 2 wrong usage
`

export const alarmsCommand: Command = {
  name: 'alarms',
  summary: 'List the active alarms, or acknowledge one',
  help,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, by: { type: 'string' }, config: { type: 'string' } },
    })
    const [verb = 'list', ...names] = positionals
    const { storagePath } = storageOf(values.config, io)
    if (verb === 'list' && names.length === 0) return list(storagePath, values.json === true, io)
    const [device, alarm, ...more] = names
    if (
      (verb === 'ack' || verb === 'acknowledge') &&
      device !== undefined &&
      alarm !== undefined &&
      more.length === 0
    ) {
      const what = { device, alarm, by: values.by ?? userInfo().username }
      return acknowledge(storagePath, what, values.json === true, io)
    }
    const hint = 'write lineside alarms [list], or lineside alarms ack DEVICE ALARM'
    throw new UsageError(`${positionals.join(' ')} is no request; ${hint}`)
  },
}

async function list(storagePath: string, json: boolean, io: CommandIo): Promise<number> {
  const alarms = await agentAnswer(storagePath, 'alarms')
  if (json) {
    io.out(`${JSON.stringify(alarms)}\n`)
    return 0
  }
  if (alarms.length === 0) {
    io.out('no active alarms\n')
    return 0
  }
  const rows = alarms.map(a => [
    a.priority,
    a.state === 'rtn_unacknowledged' ? 'RTN unacknowledged' : a.state,
    a.device,
    a.alarm,
    formatAge(a.asOf - a.since),
    whyOf(a),
  ])
  io.out(formatColumns([['PRIORITY', 'STATE', 'DEVICE', 'ALARM', 'SINCE', 'WHY'], ...rows]))
  return 0
}

/** What raised it, whether that still holds, and what to do. */
export function whyOf({ message, text, action, asOf, over, unseen, point }: AlarmView): string {
  const parts = over
    ? [message, `over for ${formatAge(asOf - over.since)}: ${over.text}`, `raised by: ${text}`]
    : [message, text, unseen && unseenText(point, unseen, asOf), action]
  return parts.filter(part => part !== undefined).join('; ')
}

function unseenText(point: string, { since, reason }: NonNullable<AlarmView['unseen']>, asOf: number): string {
  const what = since === undefined ? reason : `${point} gives no value for ${formatAge(asOf - since)} (${reason})`
  return `${what}: whether it still is so nobody knows`
}

async function acknowledge(
  storagePath: string,
  what: { device: string; alarm: string; by: string },
  json: boolean,
  io: CommandIo,
): Promise<number> {
  const answer = await agentAnswer(storagePath, 'acknowledge', what)
  if (json) io.out(`${stringifyJson(answer)}\n`)
  else io.out(`acknowledged ${what.device} ${what.alarm} by ${what.by}\n`)
  return 0
}
