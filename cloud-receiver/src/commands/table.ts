import { checkCommand } from './check.ts'
import type { Command } from './command.ts'
import { gatewayCommand } from './gateway.ts'
import { runCommand } from './run.ts'
import { versionCommand } from './version.ts'

/** Every command of `lineside-receiver`, in the order of the overview. */
export const commands: readonly Command[] = [runCommand, gatewayCommand, checkCommand, versionCommand]
