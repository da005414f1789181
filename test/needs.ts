import { execFileSync } from 'node:child_process'
import { describe } from 'vitest'

interface Tool {
  /** Ends with status 0 where the tool is there. */
  readonly probe: readonly [command: string, ...args: string[]]
  readonly install: string
}

/** The interpreter for readers and servers written in Python. */
export const python = process.env['LINESIDE_PYTHON'] ?? 'python3'

const tools = {
  mosquitto_pub: { probe: ['which', 'mosquitto_pub'], install: 'apt-get install mosquitto-clients' },
  mosquitto: { probe: ['which', 'mosquitto'], install: 'apt-get install mosquitto' },
  mbpoll: { probe: ['which', 'mbpoll'], install: 'apt-get install mbpoll' },
  openssl: { probe: ['which', 'openssl'], install: 'apt-get install openssl' },
  cc: { probe: ['which', 'cc'], install: 'apt-get install gcc' },
  faketime: { probe: ['which', 'faketime'], install: 'apt-get install faketime' },
  socat: { probe: ['which', 'socat'], install: 'apt-get install socat' },
  gcc: {
    probe: ['sh', '-c', 'echo "#include <dlfcn.h>" | gcc -fsyntax-only -x c -'],
    install: 'apt-get install gcc libc6-dev',
  },
  mount: {
    probe: ['sh', '-c', 'd=$(mktemp -d) && mount -t tmpfs -o size=64k tmpfs "$d" && umount "$d" && rmdir "$d"'],
    install: 'run the tests as root, on Linux',
  },
  pymodbus: {
    probe: [python, '-c', 'import pymodbus'],
    install: 'pip install pymodbus (LINESIDE_PYTHON names the interpreter)',
  },
  pysunspec2: {
    probe: [python, '-c', 'import sunspec2'],
    install: 'pip install pysunspec2 (LINESIDE_PYTHON names the interpreter)',
  },
  pyserial: {
    probe: [python, '-c', 'import serial'],
    install: 'pip install pyserial (LINESIDE_PYTHON names the interpreter)',
  },
  pyarrow: {
    probe: [python, '-c', 'import pyarrow'],
    install: 'pip install pyarrow (LINESIDE_PYTHON names the interpreter)',
  },
} as const satisfies Record<string, Tool>

export type ToolName = keyof typeof tools

/** What a left out group of tests is marked with; the reporter looks for it. */
export const leftOutMark = 'left out, needs '

function isThere(tool: Tool): boolean {
  const [command, ...args] = tool.probe
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A group of tests that needs others' software. Missing: left out with a word how to get it; in CI: an error. */
export function describeWith(names: readonly ToolName[], title: string, body: () => void): void {
  const missing = names.filter(name => !isThere(tools[name]))
  if (missing.length === 0) {
    describe(title, body)
    return
  }
  const hint = missing.map(name => `${name} (${tools[name].install})`).join(', ')
  if (process.env['CI'] === 'true') throw new Error(`${title}: CI leaves nothing out, but there is no ${hint}`)
  describe.skip(`${title} [${leftOutMark}${hint}]`, body)
}
