/**
 * The settings of the embedded server, given on its command line so that no file in the data folder can weaken them.
 * No statement, parameter or value may reach a log: the log lines hold a code and a short message only.
 */
const settings = {
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  // Above ERROR: the first line of one repeats the value it is about (invalid input syntax for type uuid: "…").
  log_min_messages: 'log',
  log_statement: 'none',
  log_min_duration_statement: '-1',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_line_prefix: '%m [%p] %e ',
  log_timezone: 'UTC',
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgres-%Y%m%d-%H%M%S.log',
  log_file_mode: '0600',
  log_rotation_size: '10MB',
  log_rotation_age: '7d',
  log_checkpoints: 'off',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  shared_buffers: '128MB',
  max_wal_size: '2GB',
  wal_compression: 'pglz',
  max_connections: '110',
  autovacuum: 'on',
  jit: 'off',
  password_encryption: 'scram-sha-256',
  track_activity_query_size: '256',
  update_process_title: 'off',
  unix_socket_permissions: '0700',
  timezone: 'UTC',
} as const

/** Where the server listens. On Windows, without sockets, `host` is 127.0.0.1. */
export type Address = { readonly host: string; readonly port: number }

/** The server's command line for a database folder and an address. */
export function serverArguments(pgFolder: string, address: Address): string[] {
  const listening: Record<string, string> = address.host.startsWith('/')
    ? { listen_addresses: '', unix_socket_directories: quotedList(address.host) }
    : { listen_addresses: address.host, unix_socket_directories: '' }
  const all = { ...settings, ...listening, port: String(address.port) }
  return ['-D', pgFolder, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** The setting is a list: a comma or space in a path must be quoted, or it would name two folders. */
function quotedList(folder: string): string {
  return `"${folder.replaceAll('"', '""')}"`
}
