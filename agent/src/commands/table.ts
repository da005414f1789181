import { alarmsCommand } from './alarms.ts'
import { bufferCommand } from './buffer.ts'
import { busCommand } from './bus.ts'
import { checkCommand } from './check-command.ts'
import type { Command } from './command.ts'
import { probeCommand } from './probe.ts'
import { devicesCommand } from './devices.ts'
import { profileCommand } from './profile.ts'
import { readCommand } from './read.ts'
import { runCommand } from './run.ts'
import { scanCommand } from './scan.ts'
import { statusCommand } from './status.ts'
import { tailCommand } from './tail.ts'
import { versionCommand } from './version.ts'

/** Every command of `lineside`, in the order of the overview. */
export const commands: readonly Command[] = [
  runCommand,
  checkCommand,
  statusCommand,
  readCommand,
  tailCommand,
  busCommand,
  alarmsCommand,
  devicesCommand,
  profileCommand,
  bufferCommand,
  scanCommand,
  probeCommand,
  versionCommand,
]
