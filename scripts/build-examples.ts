import { buildExamples } from './site/build-examples.ts'

/** Builds the examples as static files: `npm run build-examples -- FOLDER` writes `FOLDER/examples/gallery`. */
async function main([folder]: string[]): Promise<void> {
  if (!folder) throw new Error('Name the folder to write to: npm run build-examples -- FOLDER')
  console.log(`Wrote ${await buildExamples(folder)}`)
}

await main(process.argv.slice(2))
