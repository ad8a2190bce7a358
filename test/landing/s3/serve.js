// An S3 server of a test in a process of its own: its objects lie in the folder argv[2], its buckets are the rest of argv.
import { Buffer } from 'node:buffer'
import crypto from 'node:crypto'
import process from 'node:process'
import S3rver from '@20minutes/s3rver'
import objects from '@20minutes/s3rver/lib/controllers/object.js'
import S3Error from '@20minutes/s3rver/lib/models/error.js'
import v4 from '@20minutes/s3rver/lib/signature/v4.js'

// The server leaves the slash behind a bucket out of what is signed; the SDK sends and signs `/bucket/`.
const { getStringToSign } = v4
v4.getStringToSign = (request, signature) =>
  getStringToSign({ ...request, uri: request.uri.replace(/^(\/[^/]+)$/, '$1/') }, signature)

// The server ignores the condition with which an object is only created.
const { putObject } = objects
objects.putObject = async context => {
  const { bucket, key } = context.params
  if (context.get('if-none-match') === '*' && (await context.store.existsObject(bucket, key))) {
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
  }
  await putObject(context)
}

// The server makes the token of the next thousand keys with DES alone, which OpenSSL 3 no longer has.
const { createCipheriv, createDecipheriv } = crypto
const tripled = make => (name, key, iv) =>
  name === 'des' ? make('des-ede3-cbc', Buffer.alloc(24, key), iv) : make(name, key, iv)
crypto.createCipheriv = tripled(createCipheriv)
crypto.createDecipheriv = tripled(createDecipheriv)

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
