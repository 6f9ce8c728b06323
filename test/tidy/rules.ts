/**
 * The tidy rules: what STYLE.md asks of a source file, as pure functions of its path and text.
 * They read the syntax tree, so a word in a string or a comment is not mistaken for code.
 */
import ts from 'typescript-with-api'
import * as ranks from './ranks.ts'

/** A source file: its path relative to the root with `/`, and its text. */
export type Source = { readonly path: string; readonly text: string }

/** One breach: the rule's name, the place as `path:line`, and what was found there. */
export type Breach = { readonly rule: string; readonly place: string; readonly found: string }

/** Limits in lines, columns and folders. */
export const LIMITS = { functionLines: 70, fileLines: 300, testFileLines: 500, columns: 120, depth: 3 }

type Where = { readonly path: string; readonly module: string; readonly isTest: boolean; readonly isProduct: boolean }
type Hit = readonly [position: number, found: string]
type Rule = (tree: ts.SourceFile, where: Where) => Hit[]

/** All breaches of all tidy rules in one file, in the order of the rules. */
export function tidy(source: Source): Breach[] {
  const tree = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
  const where = locate(source.path)
  return Object.entries(RULES).flatMap(([rule, find]) =>
    find(tree, where).map(([position, found]) => {
      const line = tree.getLineAndCharacterOfPosition(Math.min(position, tree.end)).line + 1
      return { rule, place: `${source.path}:${line}`, found }
    }),
  )
}

/** The rules by name; the names are what a breach is reported under. */
export const RULES: Readonly<Record<string, Rule>> = {
  'opens-with-a-sentence': opening,
  'function-length': functionLength,
  'file-length': fileLength,
  'line-length': lineLength,
  'folder-depth': depth,
  'banned-words': bannedWords,
  'only-class-is-problem': classes,
  'no-boolean-parameter': booleanParameters,
  'three-parameters': manyParameters,
  'exports-are-documented': docstrings,
  'effects-at-the-edge': effects,
  'sql-only-in-store': sqlPlaces,
  'own-schema-only': schemas,
  'ciphers-in-the-vault': ciphers,
}

function locate(path: string): Where {
  const parts = path.split('/')
  const isTest = /\.(test|fixture|test-data)\.ts$/.test(path) || parts[0] === 'test' || parts[0] === 'bench'
  const module = parts[0] === 'src' && parts.length > 2 ? (parts[1] ?? '') : ''
  return { path, module, isTest, isProduct: parts[0] === 'src' && !isTest }
}

function opening(tree: ts.SourceFile): Hit[] {
  const text = tree.text.replace(/^#!.*\n/, '')
  const comment = /^(\/\*\*?[\s\S]*?\*\/|(\/\/[^\n]*\n)+)/.exec(text)?.[0] ?? ''
  const words = comment.replaceAll(/[/*\s]+/g, ' ').trim()
  return /^\S+( \S+){3,}/.test(words) && /[.:]( |$)/.test(words) ? [] : [[0, 'no sentence says what the file is for']]
}

function functionLength(tree: ts.SourceFile, where: Where): Hit[] {
  if (where.isTest) return []
  return all(tree, ts.isFunctionLike).flatMap(node => {
    const length = lineOf(tree, node.end) - lineOf(tree, node.getStart()) + 1
    return length > LIMITS.functionLines ? [[node.getStart(), `${length} lines`] as const] : []
  })
}

function fileLength(tree: ts.SourceFile, where: Where): Hit[] {
  const length = tree.text.trimEnd().split('\n').length
  const limit = where.isTest ? LIMITS.testFileLines : LIMITS.fileLines
  return length > limit ? [[0, `${length} lines, at most ${limit}`]] : []
}

// A sentence that people read stays whole on its line: a list of texts is searched and compared by line.
const ONE_TEXT = /^\s*([\w']+: )?(?:'[^']*'|"[^"]*"|`[^`]*`),?$/

function lineLength(tree: ts.SourceFile): Hit[] {
  return tree.text.split('\n').flatMap((line, index) => {
    if (line.length <= LIMITS.columns || ONE_TEXT.test(line)) return []
    return [[tree.getPositionOfLineAndCharacter(index, 0), `${line.length} columns`] as const]
  })
}

function depth(tree: ts.SourceFile, where: Where): Hit[] {
  const below = tree.fileName.split('/').length - 1
  return where.isProduct && below > LIMITS.depth ? [[0, `${below} levels below src`]] : []
}

// The brackets keep these patterns from matching themselves.
const BANNED = /\b(TOD[O]|FIXM[E]|HAC[K]|XX[X])\b|\bas an[y]\b|@ts-(ignor[e]|nochec[k])/g

function bannedWords(tree: ts.SourceFile): Hit[] {
  return [...tree.text.matchAll(BANNED)].map(match => [match.index, match[0]])
}

function classes(tree: ts.SourceFile): Hit[] {
  return all(tree, ts.isClassLike)
    .filter(node => node.name?.text !== 'Problem')
    .map(node => [node.getStart(), node.name?.text ?? 'a class without a name'])
}

function booleanParameters(tree: ts.SourceFile, where: Where): Hit[] {
  if (!where.isProduct) return []
  const named = all(tree, ts.isFunctionLike).filter(node => node.name || ts.isVariableDeclaration(node.parent))
  return named
    .flatMap(node => [...node.parameters])
    .filter(parameter => parameter.type?.kind === ts.SyntaxKind.BooleanKeyword)
    .map(parameter => [parameter.getStart(), parameter.getText()])
}

/** A store is private to its module and its statements are what they say. */
function docstrings(tree: ts.SourceFile, where: Where): Hit[] {
  if (where.isTest || SQL_FILE.test(where.path)) return []
  return tree.statements.filter(isExported).flatMap((statement): Hit[] => {
    if (ts.isFunctionDeclaration(statement)) return undocumented(statement, statement.name?.text)
    if (!ts.isVariableStatement(statement)) return []
    const functions = statement.declarationList.declarations.filter(it => it.initializer && isFunction(it.initializer))
    return functions.flatMap(it => undocumented(statement, it.name.getText()))
  })
}

function undocumented(statement: ts.Statement, name = 'default'): Hit[] {
  const comments = ts.getJSDocCommentsAndTags(statement)
  return comments.some(it => it.getText().length > '/** */'.length + 8) ? [] : [[statement.getStart(), name]]
}

/** More than three parameters become an object; the context that comes first is not counted. */
function manyParameters(tree: ts.SourceFile, where: Where): Hit[] {
  if (!where.isProduct) return []
  return all(tree, ts.isFunctionLike).flatMap(node => {
    const names = node.parameters.map(parameter => parameter.name.getText())
    const counted = /^(ctx|look|from|world|db|tx|keys|pool)$/.test(names[0] ?? '') ? names.slice(1) : names
    return counted.length > 3 ? [[node.getStart(), names.join(', ')] as const] : []
  })
}

/** Clock, randomness, environment and network enter through platform, the composition and tests. */
function effects(tree: ts.SourceFile, where: Where): Hit[] {
  if (!where.isProduct || where.module === '' || where.module === 'platform') return []
  const newDate = all(tree, ts.isNewExpression)
    .filter(node => node.expression.getText() === 'Date' && !node.arguments?.length)
    .map(node => [node.getStart(), 'new Date()'] as const)
  const bareDate = all(tree, ts.isCallExpression)
    .filter(node => node.expression.getText() === 'Date')
    .map(node => [node.getStart(), 'Date()'] as const)
  const members = all(tree, ts.isPropertyAccessExpression)
    .filter(node => /^(globalThis\.)?(Date\.now|Math\.random|process\.\w+|performance\.now)$/.test(node.getText()))
    .map(node => [node.getStart(), node.getText()] as const)
  const globals = all(tree, ts.isIdentifier)
    .filter(node => /^(fetch|WebSocket|setTimeout|setInterval|setImmediate)$/.test(node.text) && isReference(node))
    .map(node => [node.getStart(), node.text] as const)
  return [...newDate, ...bareDate, ...members, ...globals, ...randomness(tree, where)]
}

/** A rule file may hash, but it may not draw lots; the vault must, for its keys. */
function randomness(tree: ts.SourceFile, where: Where): Hit[] {
  const name = tree.fileName.split('/').at(-1)?.replace(/\.ts$/, '') ?? ''
  const isFacePart = ranks.FACE_PARTS.includes(`${where.module}/${name}`)
  const isShell = isFacePart || [where.module, ...ranks.SHELL, ...ranks.SURFACES].includes(name)
  if (where.module === 'subjects' || (isShell && where.module !== 'lib')) return []
  return imports(tree, 'crypto').filter(([, found]) => /^(random|generateKey|webcrypto)/.test(found))
}

const SQL_FILE = new RegExp(`^src/[^/]+/(${ranks.SQL_FILES.join('|')})\\.ts$`)
const SQL_TEXT = /^\s*(select\s[\s\S]+\sfrom\s|insert into\s|update\s+\S+\s+set\s|delete from\s|truncate\s)/

function sqlPlaces(tree: ts.SourceFile, where: Where): Hit[] {
  if (
    !where.isProduct ||
    SQL_FILE.test(where.path) ||
    where.module === 'platform' ||
    tree.fileName === 'src/lib/sql.ts'
  )
    return []
  return sqlTexts(tree).map(([position]) => [position, 'SQL'])
}

/**
 * The statements of a module name no other module's schema (a schema has its module's name), except where the rank
 * list lets it read one; it never changes another's rows.
 */
function schemas(tree: ts.SourceFile, where: Where): Hit[] {
  if (!where.isProduct || where.module === '') return []
  const others = Object.keys(ranks.RANKS).filter(name => name !== where.module && name !== 'lib' && name !== 'ui')
  const foreign = new RegExp(`(?<![\\w.$])"?(${others.join('|')})"?\\.[a-z_"*]`, 'g')
  return sqlTexts(tree).flatMap(([position, text]) =>
    [...text.matchAll(foreign)]
      .filter(match => !isReading(where.module, match[1] ?? '', text.slice(0, match.index)))
      .map((match): Hit => [position + match.index, match[0]]),
  )
}

/** Whether what precedes the name of a schema is no change of its rows, and the module may read it. */
function isReading(module: string, schema: string, before: string): boolean {
  const changes = /\b(insert\s+into|update|delete\s+from|truncate(\s+table)?|merge\s+into)\s+(only\s+)?"?$/i
  return (ranks.READS[module] ?? []).includes(schema) && !changes.test(before)
}

/** Position and text of each SQL statement; what is filled in is left out of the text. */
function sqlTexts(tree: ts.SourceFile): Hit[] {
  const tagged = all(tree, ts.isTaggedTemplateExpression)
    .filter(node => /^sql(\.\w+)?$/.test(node.tag.getText()))
    .map(node => node.template)
  const loose = [...all(tree, ts.isStringLiteralLike), ...all(tree, ts.isTemplateExpression)]
    .filter(node => !ts.isTaggedTemplateExpression(node.parent))
    .filter(node => SQL_TEXT.test(node.getText().slice(1)))
  return [...tagged, ...loose].map(node => [node.getStart(), withoutFillings(node)])
}

function withoutFillings(node: ts.Node): string {
  if (!ts.isTemplateExpression(node)) return node.getText()
  const blank = (text: string) => text.replaceAll(/[^\n]/g, ' ')
  return node.templateSpans.reduce(
    (text, span) => text + blank(span.expression.getFullText()) + span.literal.getText(),
    node.head.getText(),
  )
}

const CIPHERS = /^(create(C|Dec)ipher(iv)?|(public|private)(En|De)crypt|webcrypto|subtle|\*)$/
const DECIPHERS = /^(createDecipher(iv)?|(public|private)Decrypt)$/

/** Ciphers belong to the vault and the key provider; taking them off belongs to the vault alone. */
function ciphers(tree: ts.SourceFile, where: Where): Hit[] {
  if (!where.isProduct || where.module === 'subjects' || ranks.DECIPHERERS.includes(where.path)) return []
  const banned = where.module === 'platform' ? DECIPHERS : CIPHERS
  const members = all(tree, ts.isPropertyAccessExpression)
    .filter(node => banned.test(node.name.text) && !/^["'`]/.test(node.expression.getText()))
    .map((node): Hit => [node.getStart(), node.getText()])
  return [...imports(tree, 'crypto').filter(([, found]) => banned.test(found)), ...members]
}

/** Names imported from a built-in module; `*` stands for the whole of it. Types are left out. */
function imports(tree: ts.SourceFile, builtin: string): Hit[] {
  return tree.statements.filter(ts.isImportDeclaration).flatMap((node): Hit[] => {
    const clause = node.importClause
    if (!clause || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return []
    if (
      !ts.isStringLiteral(node.moduleSpecifier) ||
      !new RegExp(`^(node:)?${builtin}$`).test(node.moduleSpecifier.text)
    )
      return []
    const names = clause.namedBindings
    if (clause.name || !names || ts.isNamespaceImport(names)) return [[node.getStart(), '*']]
    const values = names.elements.filter(it => !it.isTypeOnly)
    return values.map(it => [it.getStart(), (it.propertyName ?? it.name).text])
  })
}

function all<Found extends ts.Node>(tree: ts.Node, is: (node: ts.Node) => node is Found): Found[] {
  const found: Found[] = []
  const visit = (node: ts.Node): void => {
    if (is(node)) found.push(node)
    ts.forEachChild(node, visit)
  }
  ts.forEachChild(tree, visit)
  return found
}

/** Whether an identifier refers to a variable, rather than naming a member, a property or a declaration. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node || /globalThis/.test(parent.getText())
  if (ts.isShorthandPropertyAssignment(parent)) return true
  return !('name' in parent && parent.name === node) && !ts.isTypeNode(parent)
}

const isExported = (node: ts.Statement) =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(it => it.kind === ts.SyntaxKind.ExportKeyword)
const isFunction = (node: ts.Node) => ts.isArrowFunction(node) || ts.isFunctionExpression(node)
const lineOf = (tree: ts.SourceFile, position: number) => tree.getLineAndCharacterOfPosition(position).line
