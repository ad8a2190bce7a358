// An S3 server of a test in a process of its own: its objects lie in the folder argv[2], its buckets are the rest of argv.
import process from 'node:process'
import S3rver from '@20minutes/s3rver'
import v4 from '@20minutes/s3rver/lib/signature/v4.js'

// The server leaves the slash behind a bucket out of what is signed; the SDK sends and signs `/bucket/`.
const { getStringToSign } = v4
v4.getStringToSign = (request, signature) =>
  getStringToSign({ ...request, uri: request.uri.replace(/^(\/[^/]+)$/, '$1/') }, signature)

const [, , directory, ...buckets] = process.argv
const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  directory,
  configureBuckets: buckets.map(name => ({ name })),
})
const { port } = await server.run()
process.send(port)
process.once('disconnect', () => process.exit(0))
