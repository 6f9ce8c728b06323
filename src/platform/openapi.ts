/** The API's description, OpenAPI 3.1, made from the very list of routes and schemas that the server runs. */
import { z } from 'zod'
import { CATALOGUE } from './problems.ts'
import type { Route } from './route.ts'

type Json = { readonly [name: string]: unknown }

/** The whole document. `version` is the program's. */
export function describe(routes: readonly Route[], version: string): Json {
  const paths: { [path: string]: { [method: string]: Json } } = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'Indsigt',
      version,
      description: 'Every call is decided by the adopted policy and entered in the ledger. A refusal names its clause.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'indsigt api-key create --role ROLE' },
      },
      schemas: { Problem: PROBLEM },
      responses: {
        Problem: { description: 'A refusal or fault', content: { 'application/problem+json': refTo('Problem') } },
      },
    },
  }
}

function operation(route: Route): Json {
  return {
    operationId: route.id,
    summary: route.summary.en,
    description: description(route),
    ...(route.isPublic && { security: [] }),
    parameters: parameters(route),
    ...body(route),
    responses: { [String(route.status ?? 200)]: answer(route), default: { $ref: '#/components/responses/Problem' } },
  }
}

function description(route: Route): string {
  const tasks = route.tasks.length > 0 ? `\n\nTask of the role: ${route.tasks.join(' or ')}.` : ''
  const repeated = route.isIdempotent
    ? '\n\nWith an Idempotency-Key that was used before for the same body, the answer is the stored status and ' +
      '{ "id": … } with the header Idempotent-Replayed: true.'
    : ''
  return `${route.summary.da}${tasks}${repeated}`
}

function parameters(route: Route): Json[] {
  const inPath = [...route.path.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const query = route.query ? schemaOf(route.query, 'input') : {}
  const required = (query['required'] ?? []) as readonly string[]
  const inQuery = Object.entries((query['properties'] ?? {}) as Json).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  }
  return [...inPath, ...inQuery, ...(route.isIdempotent ? [key] : [])]
}

function body(route: Route): Json {
  if (route.bodyType) {
    const content = { [route.bodyType]: { schema: { type: 'string', format: 'binary' } } }
    return { requestBody: { required: true, content } }
  }
  if (!route.body) return {}
  return { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body, 'input') } } } }
}

function answer(route: Route): Json {
  const description = route.summary.en
  if (route.status === 204) return { description }
  if (route.responseType) {
    return { description, content: { [route.responseType]: { schema: { type: 'string', format: 'binary' } } } }
  }
  const schema = route.response ? schemaOf(route.response, 'output') : {}
  return { description, content: { 'application/json': { schema } } }
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

const refTo = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } })

const text = { type: 'string' }
const PROBLEM = {
  type: 'object',
  description: 'RFC 9457 problem details',
  required: ['type', 'title', 'status', 'code', 'remedy'],
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: text,
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(CATALOGUE) },
    detail: text,
    remedy: text,
    rule: text,
    clause: text,
    article: text,
    instance: text,
    faults: {
      type: 'array',
      items: {
        type: 'object',
        required: ['code'],
        properties: { field: text, line: { type: 'integer' }, code: text, clause: text, text },
      },
    },
  },
} as const
