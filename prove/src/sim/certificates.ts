import type { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificatesOf, pinProblem } from '../../../agent/src/uplink/pinned.ts'

const host = 'receiver.example'
/** Authority, receiver, and those with which somebody else may answer; the file says what each is. */
const [authority, receiver, ...strangers] = certificatesOf(
  readFileSync(join(import.meta.dirname, 'certificates.testdata.pem'), 'utf8'),
)

/** Whether an agent that knows the receiver by its authority believes the time that it is given (protocol.md, C2). */
export function vouchesFor(dateMs: number, by: 'receiver' | 'stranger', pick: PickOne): boolean {
  const leaf = by === 'receiver' ? receiver : pick(strangers)
  if (!leaf || !authority) throw new Error('a certificate is missing')
  // As the product: before a byte is sent, and again at the time that it gave.
  const problems = [undefined, dateMs].map(atMs => pinProblem(leaf, [authority], host, atMs))
  return problems.every(problem => problem === undefined)
}

type PickOne = (list: readonly X509Certificate[]) => X509Certificate | undefined
