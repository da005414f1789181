import * as z from 'zod'
import type { SerialPortLinkConfig, SerialTcpLinkConfig } from '../types.ts'
import { connectTo } from './connect-to.ts'
import { linkKind, type LinkKind } from './kind.ts'
import { claimPort, devicePath, portOf, serialSettings, timeout } from './line.ts'

export const serialTcp: LinkKind<SerialTcpLinkConfig> = linkKind({
  protocols: ['serial'],
  schema: z.strictObject({ serial_tcp: connectTo(), timeout }),
  resolve: (written, { link }) => ({
    kind: 'serial_tcp',
    name: link,
    ...written.serial_tcp,
    timeoutMs: written.timeout,
  }),
})

export const serialPort: LinkKind<SerialPortLinkConfig> = linkKind({
  protocols: ['serial'],
  schema: z.strictObject({
    serial: devicePath,
    ...serialSettings,
    data_bits: z.union([z.literal(7), z.literal(8)]).default(8),
    timeout,
  }),
  resolve: (written, { link }) => ({
    kind: 'serial',
    name: link,
    port: portOf(written.serial, written),
    timeoutMs: written.timeout,
  }),
  claim: claimPort,
})
