/** The settings of this process, for jobs, which nobody calls with any. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The environment variables as they are now. */
export function environment(): Environment {
  return process.env
}
