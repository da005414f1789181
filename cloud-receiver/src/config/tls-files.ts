import { messageOf } from '@lineside/contract'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { ReceiverError } from '../error.ts'
import type { TlsConfig } from './config.ts'

/** PEM texts. */
export interface TlsTexts {
  readonly cert: string
  readonly key: string
  readonly clientCa: string | undefined
}

/** Reads and tries the certificate and its key. Throws ReceiverError `config` that names the file. */
export function readTls(config: TlsConfig | undefined): TlsTexts | undefined {
  if (config === undefined) return undefined
  const cert = read('tls.cert', config.cert)
  const key = 'file' in config.key ? read('tls.key', config.key.file) : fromEnvironment(config.key.env)
  const clientCa = config.clientCa === undefined ? undefined : read('tls.client_ca', config.clientCa)
  try {
    createSecureContext({ cert, key, ca: clientCa })
  } catch (error) {
    throw new ReceiverError(
      'config',
      `tls: certificate ${config.cert} and its key can't be used: ${messageOf(error)}`,
      {
        hint: 'both are PEM, and the key belongs to the certificate',
        cause: error,
      },
    )
  }
  return { cert, key, clientCa }
}

function read(what: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ReceiverError('config', `${what}: can't read ${path}: ${messageOf(error)}`, { cause: error })
  }
}

function fromEnvironment(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new ReceiverError('config', `tls.key: the environment variable ${name} is not set`)
  return value
}
