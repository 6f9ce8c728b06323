/** Cookies on the command line: scan. */
import type { Command } from '../platform/command.ts'
import { scanCommand } from './cli-scan.ts'

export const commands: readonly Command[] = [scanCommand]
