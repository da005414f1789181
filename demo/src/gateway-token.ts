import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Workspace } from './workspace.ts'

const root = join(import.meta.dirname, '../..')

/** Makes the gateway known to the receiver, as a person would, and gives the token that is shown once. */
export async function addGateway(name: string, workspace: Workspace): Promise<string> {
  const args = ['--conditions=source', join(root, 'cloud-receiver/src/main.ts'), 'gateway', 'add', name]
  const options = { cwd: workspace.folder }
  const { stdout } = await promisify(execFile)(process.execPath, [...args, '--config', 'receiver.yaml'], options)
  const token = /[\w-]{40,}/.exec(stdout)?.[0]
  if (token === undefined) throw new Error(`no token in what the receiver said:\n${stdout}`)
  return token
}
