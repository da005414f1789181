import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@lineside/contract'
import { expect, onTestFinished, test } from 'vitest'
import { ByteStream } from '../../agent/src/links/channel/byte-stream.ts'
import { serialPlace } from '../../agent/src/links/channel/serial-port.ts'
import { breakLine, proveBreaks } from '../../prove/src/breaks/breaks.ts'
import { portBreaks, startPortPeer } from '../../prove/src/breaks/peers.ts'
import { openPseudoTerminal } from '../../simulator/src/servers/pseudo-terminal.ts'
import { describeWith } from '../needs.ts'

/** A user that may open nothing; only root can become another one, and for root every port is open. */
const nobody = 65_534

describeWith(['socat'], 'a serial port', () => {
  test.each(portBreaks)('that breaks by %s comes back by itself', async kind => {
    await using peer = await startPortPeer([kind])
    expect(await breakLine(peer, 'rtu', 4, systemClock, 1)).toBe(true)
  })

  test('that nobody may open is opened once it is allowed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lineside-allowed-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    chmodSync(folder, 0o755)
    const path = join(folder, 'port')
    await using terminal = await openPseudoTerminal('line', path)
    const { promise: opened, resolve: open } = Promise.withResolvers<void>()
    const { promise: reason, resolve: lose } = Promise.withResolvers<string>()
    const { promise: heard, resolve: hear } = Promise.withResolvers<string>()
    const stream = new ByteStream(
      {
        place: serialPlace({ path, baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 }),
        connectTimeoutMs: 10_000,
        clock: systemClock,
        random: Math.random,
        backoff: { baseMs: 1, maxMs: 2 },
      },
      { opened: open, bytes: chunk => hear(String(chunk)), lost: lose },
    )
    const device = realpathSync(path)
    const isRoot = process.getuid?.() === 0
    chmodSync(device, 0)
    if (isRoot) process.seteuid?.(nobody)
    stream.start()
    const said = await reason.finally(() => isRoot && process.seteuid?.(0))
    expect(said).toMatch(/may not open .*; its owner alone may; /)
    chmodSync(device, 0o600)
    await opened
    terminal.write(Buffer.from('at last'))
    expect(await heard).toBe('at last')
    stream.close()
  })
})

describeWith(['socat'], 'lines that break in every way', () => {
  test('leave no timers, sockets or open files behind', async () => {
    const { violations, figures } = await proveBreaks({ cuts: 100, say: () => {} })
    // The heap of a test's process is its runner's too.
    expect(violations.filter(text => !text.startsWith('heap'))).toEqual([])
    expect(figures['breaks']).toBe(100)
  })
})
