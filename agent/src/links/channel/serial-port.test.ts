import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { SerialPortConfig } from '../../config/types.ts'
import { describeSettings, explainOpen, unstableName, whyNobodyAnswers } from './serial-port-errors.ts'
import { PortFinder } from './serial-port-finder.ts'
import { serialPlace } from './serial-port.ts'
import { byteMs } from './serial-timing.ts'
import { sttyArguments } from './stty.ts'

const port: SerialPortConfig = { path: '/dev/ttyUSB0', baud: 19_200, dataBits: 8, parity: 'even', stopBits: 1 }

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'lineside-port-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function openFails(path: string): Promise<string> {
  return new Promise(resolve => {
    const events = { opened: () => resolve('opened'), bytes: () => {}, broken: resolve }
    serialPlace({ ...port, path }).open(events)
  })
}

const failure = (code: string): NodeJS.ErrnoException => Object.assign(new Error('system text'), { code })

test('a port that can not be opened is one sentence with what to do', async () => {
  expect(await openFails('/dev/no-such-port')).toMatch(
    /^there is no port \/dev\/no-such-port; (there is \/dev\/|no serial port is plugged in)/,
  )
  const file = join(folder(), 'file')
  writeFileSync(file, '')
  expect(await openFails(file)).toBe(`${file} is not a serial port`)
  expect(await explainOpen(failure('EACCES'), '/dev/ttyUSB0')).toMatch(
    /may not open \/dev\/ttyUSB0; run: sudo usermod -aG dialout \S+, and start the agent again$/,
  )
  chmodSync(file, 0o600)
  expect(await explainOpen(failure('EACCES'), file)).toContain(
    'its owner alone may; let a udev rule give it GROUP="dialout"',
  )
  chmodSync(file, 0o660)
  expect(await explainOpen(failure('EACCES'), file)).toMatch(
    /; run: sudo usermod -aG \w+ \S+, and start the agent again$/,
  )
  expect(await explainOpen(failure('EBUSY'), '/dev/ttyUSB0')).toContain('another program has /dev/ttyUSB0 open; end it')
  expect(await explainOpen(failure('EIO'), '/dev/ttyUSB0')).toBe('/dev/ttyUSB0 could not be opened: system text')
})

test('settings reach the line as they are written, after raw which changes some of them', () => {
  const args = sttyArguments(port, false)
  expect(args).toEqual(
    expect.arrayContaining(['19200', 'cs8', 'parenb', '-parodd', 'inpck', '-cstopb', 'clocal', '-hupcl']),
  )
  expect(args.indexOf('raw')).toBeLessThan(args.indexOf('cs8'))
  const other = sttyArguments({ ...port, dataBits: 7, parity: 'odd', stopBits: 2 }, false)
  expect(other).toEqual(expect.arrayContaining(['cs7', 'parenb', 'parodd', 'cstopb']))
  expect(sttyArguments({ ...port, parity: 'none' }, false)).toEqual(expect.arrayContaining(['-parenb', '-inpck']))
  expect(sttyArguments(port, true)).not.toContain('parenb')
  expect(describeSettings(port)).toBe('19200 baud, 8 data bits, even parity, 1 stop bit')
})

test('where nobody answers the settings and the wires are what to look at', () => {
  expect(whyNobodyAnswers(port)).toBe(
    'nobody has answered on /dev/ttyUSB0 yet: does every device have 19200 baud, 8 data bits, even parity, 1 stop bit, are A and B swapped? lineside scan --rtu /dev/ttyUSB0 tries all settings',
  )
})

test('a name that another adapter may get is told from one that stays', () => {
  expect(unstableName('/dev/ttyUSB0')).toContain('/dev/serial/by-id')
  expect(unstableName('/dev/ttyACM11')).toBeDefined()
  for (const path of ['/dev/serial/by-id/usb-FTDI-if00', '/dev/ttyAMA0', '/dev/ttyRS485']) {
    expect(unstableName(path)).toBeUndefined()
  }
})

test('a byte takes its start bit, data bits, parity and stop bits', () => {
  expect(byteMs({ ...port, baud: 9600, parity: 'none' })).toBeCloseTo(1.0417, 4)
  expect(byteMs({ ...port, baud: 9600, stopBits: 2 })).toBeCloseTo(1.25, 4)
})

test('an adapter that comes back under another name is found under its stable name', async () => {
  const dev = folder()
  const byId = join(dev, 'by-id')
  mkdirSync(byId)
  writeFileSync(join(dev, 'ttyUSB0'), '')
  symlinkSync(join(dev, 'ttyUSB0'), join(byId, 'usb-FTDI-if00'))
  const finder = new PortFinder(join(dev, 'ttyUSB0'), byId)
  expect(await finder.opened(await finder.find())).toBe(false)

  rmSync(join(dev, 'ttyUSB0'))
  rmSync(join(byId, 'usb-FTDI-if00'))
  expect(await finder.find()).toBe(join(dev, 'ttyUSB0'))
  writeFileSync(join(dev, 'ttyUSB1'), '')
  symlinkSync(join(dev, 'ttyUSB1'), join(byId, 'usb-FTDI-if00'))
  expect(await finder.find()).toBe(join(byId, 'usb-FTDI-if00'))
})
