/**
 * The one list of what is mounted: a surface added here is on the command line, in the API with its
 * OpenAPI description, or among the scheduled jobs. Each line is one surface of one module.
 */
import type { Command } from './platform/command.ts'
import type { Job } from './platform/job.ts'
import type { Route } from './platform/route.ts'
import * as mounted from './surfaces-list.ts'

type Surface = {
  readonly commands?: readonly Command[]
  readonly routes?: readonly Route[]
  readonly jobs?: readonly Job[]
}

const surfaces: readonly Surface[] = Object.values(mounted)

export const commands: readonly Command[] = surfaces.flatMap(surface => surface.commands ?? [])
export const routes: readonly Route[] = surfaces.flatMap(surface => surface.routes ?? [])
export const jobs: readonly Job[] = surfaces.flatMap(surface => surface.jobs ?? [])
