import { readFileSync } from 'node:fs'
import { type SecretReader, whyUnreadable } from '@lineside/settings'

/** Secrets in files of this machine and in an environment. */
export function nodeSecrets(env: Readonly<Record<string, string | undefined>>): SecretReader {
  return {
    env: name => env[name],
    file(path) {
      try {
        return readFileSync(path, 'utf8')
      } catch (error) {
        return whyUnreadable(error)
      }
    },
  }
}
