/** What a render process is given (media-worker/src/render/render-child.ts), for those that are measured beside it. */
export const renderEnvironment = { MALLOC_ARENA_MAX: '1', UV_THREADPOOL_SIZE: '2', VIPS_CONCURRENCY: '1' }
