import type { CommandTable } from './command.ts'

/**
 * Every command of `lineside`, in the order of the overview. Each is loaded when it is called: the agent runs for
 * months, and holds nothing of the others in its memory.
 */
export const commands: CommandTable = {
  run: async () => (await import('./run.ts')).runCommand,
  check: async () => (await import('./check/check.ts')).checkCommand,
  status: async () => (await import('./status.ts')).statusCommand,
  read: async () => (await import('./read.ts')).readCommand,
  tail: async () => (await import('./tail.ts')).tailCommand,
  bus: async () => (await import('./bus.ts')).busCommand,
  alarms: async () => (await import('./alarms.ts')).alarmsCommand,
  devices: async () => (await import('./devices/devices.ts')).devicesCommand,
  profile: async () => (await import('./profile/profile.ts')).profileCommand,
  buffer: async () => (await import('./buffer/buffer.ts')).bufferCommand,
  scan: async () => (await import('./explore/scan.ts')).scanCommand,
  probe: async () => (await import('./explore/probe.ts')).probeCommand,
  version: async () => (await import('./version.ts')).versionCommand,
}
