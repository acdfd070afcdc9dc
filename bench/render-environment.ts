/** The environment of a render process (media-worker/src/render/render-child.ts), for comparable processes. */
export const renderEnvironment = { MALLOC_ARENA_MAX: '1', UV_THREADPOOL_SIZE: '2', VIPS_CONCURRENCY: '1' }
