import { parseArgs } from 'node:util'
import { stringifyJson, systemClock } from '@lineside/contract'
import { compileTrial, isSunspec } from '@lineside/device-profiles'
import { suggestProfile } from '../../config/suggest-profile.ts'
import { presenceReads } from '../../explore/presence.ts'
import type { Candidates } from '../../explore/recognise.ts'
import { scan, type ScanPlace } from '../../explore/scan.ts'
import { byteMs } from '../../links/channel/serial-timing.ts'
import { formatAge } from '../terminal/columns.ts'
import { type Command, type CommandIo, RefusedError } from '../command.ts'
import { rangesFlag } from '../terminal/flags.ts'
import { knownProfiles } from '../profile/known-profiles.ts'
import { createProgress, untilInterrupted } from '../terminal/lasting.ts'
import { configuredDevices, leaveToAgent, ownedTexts } from './line-owner.ts'
import { lineHelp, lineOptions, placesOf } from './line-places.ts'
import { scanJson, scanText } from './scan-report.ts'

const help = `usage: lineside scan --rtu PORT [--baud LIST] [--parity LIST] [--units LIST]
       lineside scan --tcp HOST|SUBNET [--port N] [--units LIST]
       lineside scan --rtu-tcp HOST:PORT | --link NAME [--units LIST]

Looks for Modbus units and says what each one is: by what it says of itself
(function 43/14), by its SunSpec models, by registers that a profile knows its device
by, and by how well its values fit a profile. Prints what to put into lineside.yaml. It only reads.

On a serial port each baud rate is tried with each parity until units answer.
A subnet is scanned only where you name one, for instance 192.0.2.0/28. Where the
running agent uses the line, the scan is refused; hosts of a subnet that it asks are
left out, and told. Ctrl-C ends it and prints what was found so far.

${lineHelp('several')}  --units LIST       unit ids to try (default 1-32; on TCP 1-10)
  --profile LIST     profiles to try (default: all, also those of lineside.yaml's folder)
  --quick            only finds units and what they say of themselves, tries no profiles
  --all              try all settings of a serial port, also after units were found
  --json             machine-readable

exit status: 0 a unit was found; 1 none was, the line can't be opened, or the agent
uses it; 2 wrong usage
`

/** Hosts of a subnet that are asked side by side. */
const hostsAtOnce = 16
const usualUnits = { serial: '1-32', tcp: '1-10' }

export const scanCommand: Command = {
  name: 'scan',
  summary: 'Look for Modbus units on a line or host, and say what each one is',
  help,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...lineOptions,
        units: { type: 'string' },
        profile: { type: 'string' },
        all: { type: 'boolean' },
        quick: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    })
    const places = placesOf(values, io)
    const isTcp = places.some(({ config }) => config.kind === 'modbus_tcp')
    const units = rangesFlag(
      '--units',
      values.units ?? usualUnits[isTcp ? 'tcp' : 'serial'],
      isTcp ? 0 : 1,
      isTcp ? 255 : 247,
    )
    const isQuick = values.quick === true
    const candidates = isQuick ? { trials: [], chained: [] } : candidatesOf(values.profile, values.config, io)
    const { free, kept } = await leaveToAgent(places, values.config, io)
    if (free.length === 0) throw new RefusedError(ownedTexts(kept).join('; '))

    const longest = longestMs(free, units.length)
    const words = values.tcp ?? values.rtu ?? values['rtu-tcp'] ?? `link ${values.link}`
    const kind = places[0]?.config.kind ?? 'modbus_rtu'
    const target = { words, isNetwork: isTcp && places.length > 1, kind }
    using progress = createProgress(io, process.stderr.isTTY)
    using interrupted = untilInterrupted(io)
    const { signal } = interrupted
    const result = await scan({
      places: free,
      units,
      candidates,
      atOnce: isTcp ? hostsAtOnce : 1,
      firstIsEnough: !isTcp && values.all !== true,
      clock: systemClock,
      random: Math.random,
      signal,
      progress: ({ place, what, done, found }) => {
        const left = done < 1 ? `, at most ${formatAge(longest * (1 - done))} more to look` : ''
        progress.say(`${found} found${left}; ${what} at ${place}`)
      },
    })
    progress[Symbol.dispose]()
    const isConfigured = values.link !== undefined
    const known = await configuredDevices(free, values.config, io)
    const report = { target, isConfigured, isQuick, result, kept, known, isInterrupted: signal.aborted }
    io.out(values.json === true ? `${stringifyJson(scanJson(report))}\n` : scanText(report))
    return result.units.length > 0 ? 0 : 1
  },
}

function candidatesOf(named: string | undefined, configPath: string | undefined, io: CommandIo): Candidates {
  const { profiles } = knownProfiles(configPath, io)
  const modbus = [...profiles.values()].filter(profile => profile.protocol === 'modbus')
  const names = modbus.map(({ profile }) => profile)
  const wanted = named?.split(',').map(name => {
    const profile = modbus.find(each => each.profile === name.trim())
    if (!profile) throw new RefusedError(`there is no Modbus profile ${name}; ${suggestProfile(name.trim(), names)}`)
    return profile
  })
  const chosen = wanted ?? modbus
  const trials = chosen.filter(profile => !isSunspec(profile)).map(compileTrial)
  return { trials, chained: chosen.filter(isSunspec) }
}

/** Where nobody answers at all, ms. */
function longestMs(places: readonly ScanPlace[], units: number): number {
  const total = places.reduce((sum, { config }) => {
    const wireMs = config.kind === 'modbus_rtu' ? byteMs(config.port) * 15 : 0
    const delayMs = config.kind === 'modbus_tcp' ? 0 : config.connectDelayMs
    return sum + delayMs + units * presenceReads.length * (config.timeoutMs + wireMs)
  }, 0)
  return places.length > 1 && places[0]?.config.kind === 'modbus_tcp' ? total / hostsAtOnce : total
}
