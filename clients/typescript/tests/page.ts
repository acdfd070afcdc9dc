import { browser } from '../src/auth/index.ts'
import * as events from '../src/events/index.ts'
import * as main from '../src/index.ts'
import * as picture from '../src/picture/index.ts'
import * as upload from '../src/upload/index.ts'

const auth = browser()
const client = main.createClient({ auth })
window.sdk = { ...main, ...events, ...picture, ...upload, auth, client }
