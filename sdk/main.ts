/** What the package gives under its own name: a site, the line to Indsigt, and their types. */
export { httpBackend, type BackendFailure, type HttpBackendOptions } from './client.ts'
export { createSite } from './site.ts'
export type { Site, SiteOptions, SiteRequest, SiteResponse } from './site-types.ts'
export type { Tools } from './site-tools.ts'
export type { Backend, Choice, GuardCount, Receipt, Recorded, Register, SiteSettings, Submission } from './wire.ts'
