import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')

/** Makes the gateway known to the receiver, as a person would, and gives the token that is shown once. */
export async function addGateway(name: string, folder: string): Promise<string> {
  const args = ['--conditions=source', join(root, 'cloud-receiver/src/main.ts'), 'gateway', 'add', name]
  const { stdout } = await promisify(execFile)(process.execPath, [...args, '--config', 'receiver.yaml'], {
    cwd: folder,
  })
  const token = /[\w-]{40,}/.exec(stdout)?.[0]
  if (token === undefined) throw new Error(`no token in what the receiver said:\n${stdout}`)
  return token
}
