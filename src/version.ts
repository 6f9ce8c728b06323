/** The program's version, as in package.json. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SHIPPED } from './open.ts'

export const VERSION = (JSON.parse(readFileSync(join(SHIPPED, 'package.json'), 'utf8')) as { version: string }).version
