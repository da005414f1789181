import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serialPlace } from '../../agent/src/links/channel/serial-port.ts'
import { describeWith } from '../needs.ts'
import { agentStatus, createFolder, startProgram, until } from '../program.ts'

const devices = ['meter', 'scale', 'mast'] as const

describeWith(['socat'], 'serial devices on pseudo-terminals', () => {
  test('the agent hears those that talk and asks those that answer, and again after the ports were gone', async () => {
    using folder = createFolder({
      'plant.yaml': `
ledger: ledger.ndjson
links:
  p1: { serial: ./p1 }
  bench: { serial: ./bench }
  mast: { serial: ./mast }
devices:
  meter: { profile: dsmr/p1, link: p1, every: 100ms }
  scale: { profile: mettler-toledo/mt-sics, link: bench }
  mast: { profile: nmea/gps, link: mast, every: 100ms }
`,
    })
    const at = (port: string) => join(folder.path, port)
    using own = createFolder({
      'lineside.yaml': `
gateway: ports
storage: { path: ./buffer, max_size: 100MB }
links:
  p1: { serial: ${at('p1')}, baud: 115200 }
  bench: { serial: ${at('bench')} }
  mast: { serial: ${at('mast')}, baud: 4800 }
devices:
  meter: { profile: dsmr/p1, link: p1, every: 100ms }
  scale: { profile: mettler-toledo/mt-sics, link: bench, every: 100ms }
  mast: { profile: nmea/gps, link: mast, every: 100ms }
`,
    })
    const first = startProgram('lineside-sim', ['plant.yaml'], folder.path)
    await using agent = startProgram('lineside', ['run'], own.path)
    const good = async () => {
      const seen = (await agentStatus(join(own.path, 'buffer')))?.devices ?? []
      const heard = seen.filter(device => device.readings.some(r => r.value !== undefined && r.quality === undefined))
      return heard.length === devices.length && seen.every(device => device.state === 'online') ? seen : undefined
    }
    const seen = await until(() => `${first.output()}\n${agent.output()}`, good, 40)
    expect(await first.stop(), first.output()).toBe(0)

    const played = readFileSync(at('ledger.ndjson'), 'utf8')
    const weight = seen.find(({ name }) => name === 'scale')?.readings.find(({ point }) => point === 'weight')
    expect(played).toContain(`"weight":${String(weight?.value)}`)
    const gas = seen.find(({ name }) => name === 'meter')?.readings.find(({ point }) => point === 'gas')
    expect(played).toContain(`"gas":${String(gas?.value)}`)

    const stateOf = async (state: string) =>
      (await agentStatus(join(own.path, 'buffer')))?.links.every(link => link.state === state) ? true : undefined
    await until('all ports gone', () => stateOf('offline'), 40)
    await using second = startProgram('lineside-sim', ['plant.yaml'], folder.path)
    await until(
      () => `all ports back: ${second.output()}`,
      () => stateOf('online'),
      60,
    )
  })
  test('a port has one reader: a second one is told, until the first is done', async () => {
    using folder = createFolder({
      'plant.yaml':
        'links: { bench: { serial: ./bench } }\ndevices: { scale: { profile: mettler-toledo/mt-sics, link: bench } }\n',
    })
    await using plant = startProgram('lineside-sim', ['plant.yaml'], folder.path)
    const path = join(folder.path, 'bench')
    await until(
      () => plant.output(),
      () => existsSync(path) || undefined,
      40,
    )
    const place = serialPlace({ path, baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 })
    const opening = () =>
      new Promise<{ text: string; end: () => void }>(resolve => {
        const channel = place.open({
          opened: () => resolve({ text: 'opened', end: () => channel.destroy() }),
          bytes: () => {},
          broken: text => resolve({ text, end: () => {} }),
        })
      })
    const first = await opening()
    expect(first.text).toBe('opened')
    expect((await opening()).text).toContain('another program has')
    first.end()
    const third = await until('the port is free', async () => {
      const tried = await opening()
      return tried.text === 'opened' ? tried : undefined
    })
    third.end()
  })
})
