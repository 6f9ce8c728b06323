/** The list itself: one line for each surface. Order is the order of the help and of the API description. */
export * as policyCli from './policy/cli.ts'
export * as identityCli from './identity/cli.ts'
export * as identityApi from './identity/api.ts'
export * as promisesApi from './promises/api.ts'
