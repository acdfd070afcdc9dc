export { eventually } from '@likeness/local-servers'
export { compareModels } from './compare-models.ts'
export { findChromium } from './find-chromium.ts'
export { createDatabase, runMigrations, runStatement, type DatabaseName, type TestDatabase } from './databases.ts'
export { startGrowthbook, type GrowthbookServer } from './growthbook-server.ts'
export { logInAs } from './log-in-as.ts'
export { runCommandOf, runNpmScript } from './operator-commands.ts'
export {
  makeAnimation,
  makeCameraPicture,
  makeImpostor,
  makePrintPicture,
  makeSixteenBitPicture,
  makeTransparentPicture,
  makeVectorPicture,
  truncatePicture,
  type TestPicture,
} from './pictures.ts'
export { readMails, tokenIn } from './mails.ts'
export { startService, type LogLine, type ServiceOptions, type ServiceProcess } from './processes.ts'
export { createTokens, type TestTokens } from './tokens.ts'
export { createVhost, moveMessages, queueDepth, type TestVhost } from './vhosts.ts'
export { requestToken, logInAdministrator, patiently, registerSomebody, send, settled, upload } from './api-client.ts'
export type { Answer, Json, Person } from './api-client.ts'
export { readMetrics } from './metrics.ts'
export { parseRawAnswer, sendRaw } from './raw-request.ts'
export { expectRevokedWithin5s } from './revocation-times.ts'
export { sharedSystem } from './shared-system.ts'
export { startSystem, type System } from './system.ts'
export { unzip, type UnzippedFile } from './unzip.ts'
