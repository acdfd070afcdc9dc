import {
  brokerSetupVariables,
  composeFiles,
  composeVariables,
  migrationVariables,
  readComposeVariables,
  type ComposeFile,
} from './compose-variables.ts'
import type { Variable } from './read-variables.ts'

const head = `# Configuration

<!-- Written by npm run env-examples. Do not edit. -->

Development needs no configuration. Production needs secrets, which \`make prod-env\` creates ([operations](operations.md)).

Each deployable reads its variables once, when it starts. If variables are wrong, the deployable reports all of them and exits with 1. An empty value counts as not set.

Where a value comes from, in this order:

1. The environment of the process.
2. The \`.env\` file of the repository. \`.env.example\` is its template.
3. The \`.env\` file of the deployable, such as \`main-service/.env\`. Its template is beside it.
4. The default.

Relative paths in a \`.env\` file are relative to the folder of the file. With \`NODE_ENV=production\` or \`NODE_ENV=test\` in the environment, a deployable reads no \`.env\` file. \`docker-compose.yml\` passes the variables of both files to the containers. \`docker-compose.prod.yml\` reads only the \`.env\` file of the repository.
`

/** Draws docs/configuration.md: every variable of every deployable, of the migrations and of docker compose. */
export async function drawConfiguration(deployables: Map<string, Variable[]>): Promise<string> {
  const sections = [...deployables].map(([name, variables]) => drawSection(name, variables))
  const known = new Set([...deployables.values()].flat().map(({ name }) => name))
  return [head, ...sections, ...drawSetup(), await drawCompose(known), drawCommands()].join('\n')
}

function drawSection(deployable: string, variables: Variable[]): string {
  const rows = variables.map(({ name, standard, allowed, meaning }) => [code(name), code(standard), allowed, meaning])
  return `## ${deployable}\n\n${drawTable(['Variable', 'Default', 'Accepted values', 'Meaning'], rows)}\n`
}

/** The sections of the programs that run once, before the deployables start. */
function drawSetup(): string[] {
  const drawVariables = (variables: typeof migrationVariables) =>
    drawTable(
      ['Variable', 'Default', 'Meaning'],
      Object.entries(variables).map(([name, { standard, meaning }]) => [code(name), code(standard), meaning]),
    )
  return [
    `## Migrations and seeders

\`run-migrations.sh\` and its make and npm commands read these variables.

${drawVariables(migrationVariables)}
`,
    `## Setup of the broker

\`npm run broker:setup\` and the container \`broker-setup\` read these variables.

${drawVariables(brokerSetupVariables)}
`,
  ]
}

/** @throws Error for a variable of a compose file that is neither a deployable's nor described here. */
async function drawCompose(known: Set<string>): Promise<string> {
  const [inDevelopment, inProduction] = await Promise.all(
    (['development', 'production'] satisfies ComposeFile[]).map(readComposeVariables),
  )
  const names = [...new Set([...(inDevelopment?.keys() ?? []), ...(inProduction?.keys() ?? [])])]
  const own = names.filter(
    (name) => !known.has(name) && !(name in migrationVariables) && !(name in brokerSetupVariables),
  )
  const strangers = own.filter((name) => !(name in composeVariables))
  if (strangers.length > 0) throw new Error(`compose-variables.ts does not describe ${strangers.join(', ')}`)
  const standardIn = (file: Map<string, string> | undefined, name: string) => {
    const standard = file?.get(name)
    if (standard === undefined) return '–'
    return standard === '' && composeVariables[name]?.required ? 'required' : code(standard)
  }
  const rows = Object.entries(composeVariables)
    .filter(([name]) => own.includes(name))
    .map(([name, { meaning }]) => [
      code(name),
      standardIn(inDevelopment, name),
      standardIn(inProduction, name),
      meaning,
    ])
  const listed = (which: string[]) => which.map(code).join(', ')
  return `## docker compose

The compose files themselves read these variables, from the shell or from the \`.env\` file beside them. A dash (–) means that the file does not read the variable.

${drawTable(['Variable', `Default in ${composeFiles.development}`, `Default in ${composeFiles.production}`, 'Meaning'], rows)}

\`${composeFiles.production}\` passes these variables on to the containers: ${listed(names.filter((name) => inProduction?.has(name) && !own.includes(name)))}. All other variables have a fixed value in the file, or their default. To change them, use an additional file: \`-f docker-compose.prod.yml -f your-file.yml\`.
`
}

function drawCommands(): string {
  const rows = [
    [
      '`MAINDB_URL`, `MEDIASDB_URL`, `AMQP_URL`',
      '`make dev`, `make demo`',
      'URL of your own server. The command uses this server instead of a private server, and does not stop it.',
    ],
    [
      '`HOST`',
      '`make dev`, `make demo`',
      'Address on which the services listen. Default: `127.0.0.1`, because the development secrets are public.',
    ],
    [
      '`GATEWAY_PORT`, `MAIN_SERVICE_PORT`, `MEDIAS_SERVICE_PORT`, `AUTH_SERVICE_PORT`',
      '`make dev`, `make demo`',
      'Ports of the gateway and the services. If a port is in use, the process uses the next free port.',
    ],
    ['`PHOTOS`', '`make demo`', 'Folder with pictures to upload. Default: generated pictures.'],
    [
      '`ONLY`, `SINCE`, `PROJECT`, `WORKERS`',
      '`make test`',
      'Select the tests, and the number of tests that run at the same time ([testing](testing.md)).',
    ],
  ]
  return `## make and npm

${drawTable(['Variable', 'Command', 'Meaning'], rows)}

The benchmarks have their own variables, such as \`ROUNDS\` ([bench/README.md](../bench/README.md)).
`
}

const code = (text: string) => (text === '' ? '' : `\`${text}\``)

/** A table with padded columns, as the formatter writes it. */
function drawTable(titles: string[], rows: string[][]): string {
  const lines = [titles, ...rows].map((line) => line.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = titles.map((_title, column) => Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)))
  const drawLine = (line: string[]) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [first = [], ...rest] = lines
  return [first, widths.map((width) => '-'.repeat(width)), ...rest].map(drawLine).join('\n')
}
